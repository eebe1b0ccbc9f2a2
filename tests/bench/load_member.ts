import { connect, type Socket } from "node:net";
import { FrameReader } from "./frame_reader.ts";
import { type NumberedFrame, type NumberFinder, textFrame } from "./numbered_text.ts";
import type { Tally } from "./tally.ts";
import type { Wire } from "./wire.ts";

/** What the members of a load have in common. */
export interface Common {
  readonly wire: Wire;
  readonly tally: Tally;
  readonly frame: NumberedFrame;
  readonly finder: NumberFinder;
  /** Whether a publisher answers each own message that it hears with the next. */
  readonly closedLoop: boolean;
}

/** Where a member goes. */
interface Place {
  port: number;
  index: number;
  room: number;
  common: Common;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/**
 * One member of a room: a WebSocket over plain TCP, which costs less than the platform's and much less than a server.
 * `node:net` reads into a buffer of ours, without a promise for each read: half a microsecond a delivery with a frame
 * of its own, in all, which is near what a program in C takes.
 */
export class LoadMember {
  readonly index: number;
  readonly room: number;
  /** Messages heard. */
  heard = 0;
  readonly #common: Common;
  readonly #port: number;
  readonly #socket: Socket;
  readonly #reader = new FrameReader((opcode, bytes, start, end) =>
    this.#hear(opcode, bytes, start, end)
  );
  readonly #joined = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  /** What came of the server's answer to the handshake; `undefined` when that is behind us. */
  #handshake: string | undefined = "";
  /** What is to be sent: so many messages, and before them these frames. */
  #unsaid = 0;
  #answers: Uint8Array[] = [];
  #ended = false;
  /** When the bytes came that are being read. */
  #now = 0;

  private constructor({ port, index, room, common }: Place) {
    this.index = index;
    this.room = room;
    this.#common = common;
    this.#port = port;
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      onread: {
        buffer: () => this.#reader.space,
        callback: (count) => {
          this.#read(count);
          return true;
        },
      },
    });
    this.#socket.on("connect", () => this.#askForUpgrade());
    this.#socket.on("error", (error) => this.#joined.reject(error));
    this.#socket.on("end", () => this.#socket.destroy());
    this.#socket.on("close", () => this.#end());
  }

  /**
   * Connects to a port of 127.0.0.1; the member is in the room when this resolves.
   *
   * @throws {Error} when the server refuses
   */
  static async join(place: Place): Promise<LoadMember> {
    const member = new LoadMember(place);
    try {
      await member.#joined.promise;
      return member;
    } catch (error) {
      await member.close();
      throw error;
    }
  }

  /** Says so many messages, numbered and dated when they leave; nothing once the connection has ended. */
  say(count: number): void {
    if (this.#ended) return;
    this.#unsaid += count;
    this.#send();
  }

  /** Cuts the connection; it has ended when this resolves. */
  close(): Promise<void> {
    this.#socket.destroy();
    return this.#closed.promise;
  }

  #end(): void {
    const { tally } = this.#common;
    this.#ended = true;
    if (!tally.over) tally.ended++;
    this.#joined.reject(new Error("Cannot join: the server ended the connection"));
    this.#closed.resolve();
  }

  #askForUpgrade(): void {
    const { path, protocol } = this.#common.wire;
    const lines = [
      `GET ${path(`room${this.room}`)} HTTP/1.1`,
      `Host: 127.0.0.1:${this.#port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${btoa("sixteen bytes !!")}`,
      ...protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : [],
    ];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Takes so many bytes, which are in the reader's space. */
  #read(count: number): void {
    this.#now = performance.now();
    this.#common.tally.bytes += count;
    const behind = this.#handshake === undefined ? count : this.#readAnswer(count);
    this.#reader.take(behind);
    this.#send();
  }

  /** Takes the server's answer to the handshake, and moves what came behind it to its place; that many it returns. */
  #readAnswer(count: number): number {
    const bytes = this.#reader.space;
    const before = this.#handshake!.length;
    this.#handshake += decoder.decode(bytes.subarray(0, count));
    const end = this.#handshake!.indexOf("\r\n\r\n");
    if (end < 0) return 0;
    const status = this.#handshake!.slice(0, this.#handshake!.indexOf("\r\n"));
    this.#handshake = undefined;
    if (!/^HTTP\/1.1 101 /.test(status)) {
      this.#joined.reject(new Error(`Cannot join: ${status}`));
      return 0;
    }
    if (!this.#common.wire.greet) this.#joined.resolve();
    bytes.copyWithin(0, end + 4 - before, count);
    return before + count - end - 4;
  }

  #hear(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const { tally, finder, closedLoop } = this.#common;
    tally.frames++;
    if (opcode === 9) this.#answers.push(textFrame(bytes.slice(start, end), 10));
    if (opcode > 2) return;
    const found = finder.find(bytes, start, end);
    if (found === 0) return this.#greet(bytes, start, end);
    const { numbers } = finder;
    const { said } = tally;
    for (let index = 0; index < found; index++) {
      const number = numbers[index]!;
      if (!said.has(number)) continue;
      this.heard++;
      tally.heard++;
      if (tally.measuring) {
        tally.deliveries++;
        tally.latencies.add(this.#now - said.time(number));
      }
      if (closedLoop && tally.talking && said.sayer(number) === this.index) this.#unsaid++;
    }
  }

  /** Answers what a server says that greets. */
  #greet(bytes: Uint8Array, start: number, end: number): void {
    const greeting = this.#common.wire.greet?.(decoder.decode(bytes.subarray(start, end)));
    if (greeting?.answer) this.#answers.push(textFrame(encoder.encode(greeting.answer)));
    if (greeting?.joined) this.#joined.resolve();
  }

  /** Sends what is to be sent, all in one write. */
  #send(): void {
    if (this.#ended || (this.#unsaid === 0 && this.#answers.length === 0)) return;
    this.#socket.write(this.#compose());
  }

  /** Puts together what is to be sent, in bytes that nobody else writes to while they wait. */
  #compose(): Uint8Array {
    const { tally, frame } = this.#common;
    const answers = this.#answers.splice(0);
    const messages = this.#unsaid;
    this.#unsaid = 0;
    const size = answers.reduce((sum, { length }) => sum + length, messages * frame.length);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const answer of answers) {
      bytes.set(answer, at);
      at += answer.length;
    }
    const now = performance.now();
    for (let count = 0; count < messages; count++) {
      frame.write(bytes, at, tally.said.add(this.index, now));
      at += frame.length;
    }
    tally.saidIn[this.room]! += messages;
    return bytes;
  }
}
