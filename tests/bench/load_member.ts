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

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** One member of a room: a WebSocket over plain TCP, which costs less than the platform's and much less than a server. */
export class LoadMember {
  readonly index: number;
  readonly room: number;
  /** Messages heard. */
  heard = 0;
  readonly #common: Common;
  readonly #connection: Deno.TcpConn;
  readonly #reader = new FrameReader((...frame) => this.#hear(...frame));
  readonly #joined = Promise.withResolvers<void>();
  /** What is to be sent: so many messages, and before them these frames. */
  #unsaid = 0;
  #answers: Uint8Array[] = [];
  #sending = false;
  #ended = false;
  #out = new Uint8Array(0);
  /** When the bytes came that are being read. */
  #now = 0;

  private constructor(index: number, room: number, common: Common, connection: Deno.TcpConn) {
    this.index = index;
    this.room = room;
    this.#common = common;
    this.#connection = connection;
  }

  /**
   * Connects to this port of 127.0.0.1; the member is in the room when this resolves.
   *
   * @throws {Error} when the server refuses
   */
  static async join(
    { port, index, room, common }: { port: number; index: number; room: number; common: Common },
  ): Promise<LoadMember> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const member = new LoadMember(index, room, common, connection);
    try {
      const rest = await member.#shakeHands(port);
      member.#read(rest);
      if (!common.wire.greet) member.#joined.resolve();
      await member.#joined.promise;
    } catch (error) {
      member.close();
      throw error;
    }
    return member;
  }

  /** Says so many messages, numbered and dated when they leave; nothing once the connection has ended. */
  say(count: number): void {
    if (this.#ended) return;
    this.#unsaid += count;
    this.#send();
  }

  /** Cuts the connection. */
  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** Asks for the upgrade, and puts what comes behind the answer into the reader; that many bytes it returns. */
  async #shakeHands(port: number): Promise<number> {
    const { path, protocol } = this.#common.wire;
    const lines = [
      `GET ${path(`room${this.room}`)} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${btoa("sixteen bytes !!")}`,
      ...protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : [],
    ];
    await this.#connection.write(encoder.encode(`${lines.join("\r\n")}\r\n\r\n`));
    const bytes = this.#reader.space;
    for (let filled = 0;;) {
      const count = await this.#connection.read(bytes.subarray(filled));
      if (!count) throw new Error("Cannot join: the server ended the handshake");
      filled += count;
      const text = decoder.decode(bytes.subarray(0, filled));
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      const status = text.slice(0, text.indexOf("\r\n"));
      if (!/^HTTP\/1.1 101 /.test(status)) throw new Error(`Cannot join: ${status}`);
      bytes.copyWithin(0, end + 4, filled);
      return filled - end - 4;
    }
  }

  /** Reads to the end of the connection, beginning with so many bytes that the reader has. */
  async #read(rest: number): Promise<void> {
    const { tally } = this.#common;
    try {
      for (let count: number | null = rest; count !== null;) {
        this.#now = performance.now();
        tally.bytes += count;
        this.#reader.take(count);
        this.#send();
        count = await this.#connection.read(this.#reader.space);
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    if (!tally.over) tally.ended++;
    this.#ended = true;
    this.#joined.reject(new Error("Cannot join: the server ended the connection"));
    this.close();
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

  /** Sends what is to be sent, all in one write, unless a write is under way: it goes on when that is done. */
  #send(): void {
    if (!this.#sending && this.#hasToSend) this.#sendAll();
  }

  get #hasToSend(): boolean {
    return this.#unsaid > 0 || this.#answers.length > 0;
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#hasToSend) {
        const size = this.#compose();
        for (let done = 0; done < size;) {
          done += await this.#connection.write(this.#out.subarray(done, size));
        }
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
    this.#sending = false;
  }

  /** Puts together what is to be sent, and returns its length. */
  #compose(): number {
    const { tally, frame } = this.#common;
    const answers = this.#answers.splice(0);
    const messages = this.#unsaid;
    this.#unsaid = 0;
    const size = answers.reduce((sum, { length }) => sum + length, messages * frame.length);
    if (size > this.#out.length) this.#out = new Uint8Array(size);
    let at = 0;
    for (const answer of answers) {
      this.#out.set(answer, at);
      at += answer.length;
    }
    const now = performance.now();
    for (let count = 0; count < messages; count++) {
      frame.write(this.#out, at, tally.said.add(this.index, now));
      at += frame.length;
    }
    tally.saidIn[this.room]! += messages;
    return size;
  }
}

/** Whether this is how a read or a write fails whose connection has ended, at either side. */
function isEnd(error: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted } = Deno.errors;
  return [BadResource, BrokenPipe, ConnectionReset, Interrupted].some((end) =>
    error instanceof end
  );
}
