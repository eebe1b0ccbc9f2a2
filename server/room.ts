import type { FanOut, Flushable } from "./fan_out.ts";
import type { Connection } from "./consumer.ts";
import type { Channel, LoggedMessage, LogSlice, Position } from "./layers/channel_layer.ts";
import { MessageLog } from "./layers/message_log.ts";
import { Close, encodeMessage, encodePlainMessage, GAP } from "./protocol.ts";

/** A member whose socket holds more than this is not sent to until it has read on, in bytes. */
export const MOST_BUFFERED = 256 * 1024;

/** A frame is full when it is this long, in UTF-16 units. */
const FRAME_LENGTH = 64 * 1024;

/** A member that takes nothing for this long is put out, in milliseconds. */
const STALL_TIMEOUT = 10_000;

/** The fewest messages kept for those who fall behind, however little history newcomers get. */
const LEAST_KEPT = 200;

/** How often members that fell behind are looked at, in milliseconds. */
const CATCH_UP_INTERVAL = 20;

/** How much of a room is kept for those who come and those who are slow. */
export interface RoomLimits {
  /** Messages that a newcomer gets; 0: none. */
  readonly messages: number;
  /** Bytes of the encoded messages; 0: no limit. */
  readonly bytes: number;
  /** Milliseconds after the last message that they are forgotten; 0: never. */
  readonly ttl: number;
}

/** Someone in a room: a connection and a cursor into the log. */
export class Member {
  /** The number of the last message sent to it, while it is not at the head. */
  cursor = 0;
  /** When its socket last took something, on `performance.now`'s clock, while it is behind. */
  movedAt = 0;
  /** What its socket held when it was last looked at. */
  buffered = 0;

  /** `plain`: gets one message a frame and no other frames. */
  constructor(readonly connection: Connection, readonly plain: boolean) {}
}

/** Where a client that comes back was. */
export interface Resume {
  /** @see {@linkcode Position.epoch} */
  readonly epoch: string;
  /** The number of the last message it had. */
  readonly after: number;
}

/** Where a member begins. */
export interface Start extends Position {
  /** Whether messages between what it had and what it will get are lost for good. */
  readonly gap: boolean;
}

/** What one frame carries. */
interface Frame {
  readonly text: string;
  /** The number of its last message. */
  readonly last: number;
}

interface Entry {
  readonly seq: number;
  readonly bytes: number;
  readonly text: string;
  readonly line: string;
}

/**
 * A room on this node: the newest part of its log, and its members' cursors in it. Members at the
 * head all get the same frame, made once; the others catch up from the log as fast as they read, so
 * that nothing is queued for them.
 */
export class Room implements Channel, Flushable {
  readonly #fanOut: FanOut;
  readonly #history: number;
  readonly #ttl: number;
  readonly #log: MessageLog<Entry>;
  readonly #atHead = new Set<Member>();
  readonly #behind = new Set<Member>();
  #epoch = "";
  /** The number of the last message flushed to the members at the head. */
  #flushed = 0;
  #lastAt = 0;
  /** What came in since the last flush. */
  #pending: Entry[] = [];
  #marked = false;
  #frame: (Frame & { readonly after: number; readonly flushed: number }) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fanOut: FanOut, limits: RoomLimits) {
    this.#fanOut = fanOut;
    this.#history = limits.messages;
    this.#ttl = limits.ttl;
    this.#log = new MessageLog({
      messages: Math.max(limits.messages, LEAST_KEPT),
      bytes: limits.bytes,
    });
  }

  /** How many members it has on this node. */
  get size(): number {
    return this.#atHead.size + this.#behind.size;
  }

  /** Starts from the log as the layer has it. */
  load({ epoch, seq, messages }: LogSlice): void {
    this.#epoch = epoch;
    this.#flushed = seq;
    for (const message of messages) this.#log.push(this.#entry(message));
  }

  /**
   * Takes a member in. It is sent nothing before {@linkcode open}, and misses nothing from here on.
   * A plain member begins at the head; another one with the kept history, or where it was.
   */
  add(member: Member, resume?: Resume): Start {
    this.#expire();
    const start = this.#start(member, resume);
    member.cursor = start.seq;
    this.#behind.add(member);
    return start;
  }

  /** The member's connection is open: sends what it has missed. */
  open(member: Member): void {
    member.movedAt = performance.now();
    if (this.#behind.has(member)) this.#catchUp(member, member.movedAt);
  }

  /** Lets a member go. */
  delete(member: Member): void {
    this.#atHead.delete(member);
    this.#behind.delete(member);
  }

  message(message: LoggedMessage): void {
    const entry = this.#entry(message);
    this.#log.push(entry);
    this.#pending.push(entry);
    this.#mark();
  }

  gap({ epoch, seq }: Position): void {
    this.flush();
    this.#log.clear();
    this.#epoch = epoch;
    this.#flushed = seq;
    for (const member of this.#behind) member.cursor = seq;
    for (const members of [this.#atHead, this.#behind]) {
      for (const { plain, connection } of members) if (!plain) connection.send(GAP);
    }
  }

  /** Sends what came in to the members at the head. */
  flush(): void {
    this.#marked = false;
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const before = this.#flushed;
    this.#flushed = pending.at(-1)!.seq;
    let lines: Frame[] | undefined;
    let plain: Frame[] | undefined;
    for (const member of this.#atHead) {
      const { connection } = member;
      const frames = member.plain
        ? plain ??= pending.map(plainFrame)
        : lines ??= frameLines(pending);
      let cursor = before;
      for (const { text, last } of frames) {
        if (connection.bufferedAmount > MOST_BUFFERED) {
          this.#fallBehind(member, cursor);
          break;
        }
        connection.send(text);
        cursor = last;
      }
    }
    if (this.#behind.size > 0) this.#catchUpAll();
  }

  /** Stops the room's own timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start({ plain }: Member, resume: Resume | undefined): Start {
    const epoch = this.#epoch;
    const head = this.#head;
    if (plain) return { epoch, seq: head, gap: false };
    const oldest = (this.#log.first ?? head + 1) - 1;
    if (resume?.epoch === epoch && resume.after >= oldest && resume.after <= head) {
      return { epoch, seq: resume.after, gap: false };
    }
    return { epoch, seq: Math.max(oldest, head - this.#history), gap: resume !== undefined };
  }

  /** The number of the last message, flushed or not. */
  get #head(): number {
    return this.#pending.at(-1)?.seq ?? this.#flushed;
  }

  #entry(message: LoggedMessage): Entry {
    const line = encodeMessage(message);
    this.#lastAt = performance.now();
    return { seq: message.seq, bytes: line.length, text: message.message, line };
  }

  #expire(): void {
    if (this.#ttl > 0 && performance.now() - this.#lastAt > this.#ttl) this.#log.clear();
  }

  #mark(): void {
    if (this.#marked) return;
    this.#marked = true;
    this.#fanOut.mark(this);
  }

  #fallBehind(member: Member, cursor: number): void {
    this.#atHead.delete(member);
    this.#behind.add(member);
    member.cursor = cursor;
    member.buffered = member.connection.bufferedAmount;
    member.movedAt = performance.now();
  }

  #catchUpAll(): void {
    const now = performance.now();
    for (const member of this.#behind) if (member.connection.open) this.#catchUp(member, now);
  }

  /** Sends from the log until the member is at the head, or its socket is full. */
  #catchUp(member: Member, now: number): void {
    const { connection } = member;
    const buffered = connection.bufferedAmount;
    if (buffered < member.buffered || buffered <= MOST_BUFFERED) member.movedAt = now;
    member.buffered = buffered;
    if (now - member.movedAt > STALL_TIMEOUT) {
      this.#behind.delete(member);
      connection.close(Close.tryAgainLater, "too slow");
      return;
    }
    while (member.cursor < this.#flushed) {
      if (connection.bufferedAmount > MOST_BUFFERED) {
        this.#timer ??= setTimeout(this.#onTimer, CATCH_UP_INTERVAL);
        return;
      }
      this.#sendNext(member);
    }
    this.#behind.delete(member);
    this.#atHead.add(member);
  }

  /** Sends the next frame after the member's cursor. */
  #sendNext(member: Member): void {
    const { connection, plain } = member;
    const oldest = this.#log.first ?? this.#head + 1;
    if (oldest > member.cursor + 1) {
      if (!plain) connection.send(GAP);
      member.cursor = Math.min(oldest - 1, this.#flushed);
      return;
    }
    const frame = this.#frameAfter(member.cursor, plain);
    connection.send(frame.text);
    member.cursor = frame.last;
  }

  /** Members that fell behind together are sent the same frames. */
  #frameAfter(cursor: number, plain: boolean): Frame {
    const first = this.#log.at(cursor + 1)!;
    if (plain) return plainFrame(first);
    if (this.#frame?.after === cursor && this.#frame.flushed === this.#flushed) return this.#frame;
    const entries = [first];
    let length = first.line.length;
    for (let seq = first.seq + 1; seq <= this.#flushed && length < FRAME_LENGTH; seq++) {
      const entry = this.#log.at(seq)!;
      entries.push(entry);
      length += entry.line.length + 1;
    }
    const text = entries.map(({ line }) => line).join("\n");
    const last = entries.at(-1)!.seq;
    this.#frame = { text, last, after: cursor, flushed: this.#flushed };
    return this.#frame;
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    this.#catchUpAll();
  };
}

function plainFrame(entry: Entry): Frame {
  return { text: encodePlainMessage(entry.text), last: entry.seq };
}

/** The entries' lines in few frames. */
function frameLines(entries: Entry[]): Frame[] {
  const frames: Frame[] = [];
  let lines: string[] = [];
  let length = 0;
  entries.forEach(({ line, seq }, index) => {
    lines.push(line);
    length += line.length + 1;
    if (length < FRAME_LENGTH && index < entries.length - 1) return;
    frames.push({ text: lines.length === 1 ? line : lines.join("\n"), last: seq });
    lines = [];
    length = 0;
  });
  return frames;
}
