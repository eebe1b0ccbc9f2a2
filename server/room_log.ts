import { MOST_BUFFERED } from "./backlog.ts";
import type { Entry } from "./frames.ts";
import type { GroupState, LoggedMessage, Position } from "./layers/channel_layer.ts";
import { encodeMessage } from "./layers/encode_message.ts";
import { type LogPart, MessageLog, type Needed } from "./layers/message_log.ts";
import { PlainTexts } from "./plain_texts.ts";

/**
 * Who catches up is sent parts of about this length, in bytes: what a socket may hold. With one every
 * 2 ms that is 16 MB/s for each, more than a room has to say that is as busy as a server can be. With
 * 24 KB a message of 8 KB took a fifth more (100 members, on Deno 2.9.6); 48 KB saved more than that,
 * but what 200 stopped readers took of it was not given back.
 */
const PART_LENGTH = MOST_BUFFERED;

/**
 * So many parts are kept while nothing new comes in, for those who stand at the same places. With one
 * part alone a room of 100 with messages of 8 KB read its log anew for each member, and a message
 * took 600 µs instead of 430 (on Deno 2.9.6).
 */
const MOST_PARTS = 16;

/** The fewest messages kept for those who fall behind, however little history newcomers get. */
const LEAST_KEPT = 200;

/** How much of a room is kept for those who come and those who are slow. */
export interface RoomLimits {
  /** Messages that a newcomer gets; 0: none. */
  readonly messages: number;
  /** Bytes of the encoded messages; 0: no limit. */
  readonly bytes: number;
  /** Milliseconds after the last message that they are forgotten; 0: never. */
  readonly ttl: number;
}

/**
 * The newest part of a room's log on this node, read by newcomers and by those who catch up. Who is
 * at the same place is given the same.
 */
export class RoomLog {
  readonly #history: number;
  readonly #ttl: number;
  readonly #log: MessageLog;
  #epoch = "";
  #last = 0;
  #lastAt = -Infinity;
  /** Up to this number nothing is told to who comes, but it may be kept for who reads it still. */
  #expired = 0;
  /** Parts by the number that they come after. */
  readonly #parts = new Map<number, LogPart>();
  readonly #plainTexts = new PlainTexts();

  /** An empty one. */
  constructor({ messages, bytes, ttl }: RoomLimits) {
    this.#history = messages;
    this.#ttl = ttl;
    this.#log = new MessageLog({ messages: Math.max(messages, LEAST_KEPT), bytes });
  }

  /** Names the log that the numbers belong to. */
  get epoch(): string {
    return this.#epoch;
  }

  /** The number of the last message, whether it is kept or not. */
  get last(): number {
    return this.#last;
  }

  /** The number before the oldest message that is kept. */
  get oldest(): number {
    return (this.#log.first ?? this.#last + 1) - 1;
  }

  /** The number before the oldest message that is told to who comes, or comes back. */
  get oldestTold(): number {
    const usual = (this.#log.firstUsual ?? this.#last + 1) - 1;
    return Math.max(usual, this.#last - this.#history, this.#expired);
  }

  /**
   * Has nothing told to who comes of what is older than the limit. It is let go of with the next
   * {@linkcode release} by which nobody needs it, unless something is said before.
   */
  expire(): void {
    if (this.#ttl > 0 && performance.now() - this.#lastAt > this.#ttl) this.#expired = this.#last;
  }

  /** Starts from the group's log as the layer has it. */
  load({ epoch, seq, messages }: GroupState): void {
    this.#epoch = epoch;
    for (const message of messages) this.push(message, encodeMessage(message));
    // They have been silent for as long as their newest message is old.
    const age = Date.now() - (messages.at(-1)?.at ?? Infinity);
    this.#lastAt = performance.now() - Math.max(0, age);
    // Without its newest messages there is nothing to go on from.
    if (messages.at(-1)?.seq !== seq) this.beginAfter({ epoch, seq });
  }

  /** Keeps nothing of what was; the next message is the one after that position. */
  beginAfter({ epoch, seq }: Position): void {
    this.#log.clear();
    this.#epoch = epoch;
    this.#last = seq;
    this.#expired = 0;
    // Numbers may come again in another log.
    this.rest();
  }

  /**
   * Adds the newest message.
   *
   * @param line it as `parley.v1` clients get it
   * @param needed what of the log is still to be sent to somebody
   */
  push({ seq, message: text }: LoggedMessage, line: string, needed?: Needed): Entry {
    this.#last = seq;
    this.#lastAt = performance.now();
    this.#log.push(seq, line, needed);
    if (this.#parts.size > 0) this.#parts.clear();
    return { seq, text, line };
  }

  /** Lines after that number, which must be kept, as many as make one part. */
  partAfter(after: number): LogPart {
    let part = this.#parts.get(after);
    if (part === undefined) {
      if (this.#parts.size === MOST_PARTS) this.#parts.clear();
      this.#parts.set(after, part = this.#log.after(after, PART_LENGTH)!);
    }
    return part;
  }

  /** The same as plain members get it: a text for each message. */
  plainPartAfter(after: number): string[] {
    let seq = after;
    const { text } = this.partAfter(after);
    return text.split("\n").map((line) => this.#plainTexts.get(++seq, line));
  }

  /** Lets go of what is needed no longer. */
  release(needed: Needed): void {
    if (this.#expired > 0 && this.#expired === this.#last && needed.from > this.#last) {
      this.#log.clear();
      this.#expired = 0;
    } else this.#log.release(needed);
  }

  /** Nobody catches up now: what was made for those who do is not kept. */
  rest(): void {
    this.#parts.clear();
    this.#plainTexts.clear();
  }
}
