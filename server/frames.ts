import { Buffer } from "node:buffer";
import { encodePlainMessage } from "./protocol.ts";
import { MOST_BYTES_PER_UNIT } from "./utf8.ts";

/**
 * Messages in one frame are no longer than this, in bytes, but for a single one. Longer than what one
 * batch is under load, and not much: a socket that holds nothing is given a whole frame.
 */
const FRAME_LENGTH = 48 * 1024;

/** A message on its way to a room's members. */
export interface Entry {
  /** Its number. */
  readonly seq: number;
  /** The message's text. */
  readonly text: string;
  /** The message as `parley.v1` clients get it. */
  readonly line: string;
}

/** What one frame carries. */
export interface Frame {
  /** The frame's payload. */
  readonly text: string;
  /** Its length in bytes; of a short one the most that it can be. */
  readonly bytes: number;
  /** The number of its last message. */
  readonly last: number;
}

/** A text that cannot have more bytes than this is not worth counting. */
const SHORT = 4096;

function bytesOf(text: string): number {
  const most = text.length * MOST_BYTES_PER_UNIT;
  return most <= SHORT ? most : Buffer.byteLength(text);
}

/** The lines in one frame, or in several where they are too long for one. */
function lineFrames(entries: readonly Entry[]): Frame[] {
  if (entries.length === 0) return [];
  const text = entries.length === 1 ? entries[0]!.line : entries.map(({ line }) => line).join("\n");
  const bytes = bytesOf(text);
  if (bytes <= FRAME_LENGTH || entries.length === 1) {
    return [{ text, bytes, last: entries.at(-1)!.seq }];
  }
  const middle = entries.length >> 1;
  return [...lineFrames(entries.slice(0, middle)), ...lineFrames(entries.slice(middle))];
}

/**
 * What goes out to a room at once: the messages that came in, one after the other, and the news of
 * its members behind them. What it gives to members that stand at the same place is made once.
 */
export class Batch {
  /** The number of the last message that is in here or before it. */
  readonly last: number;
  readonly #entries: readonly Entry[];
  readonly #news: readonly string[];
  readonly #before: number;
  readonly #lines = new Map<number, readonly Frame[]>();
  #plain: readonly Frame[] | undefined;

  /** `before`: the number before the first entry, or of the last message if there is none. */
  constructor(entries: readonly Entry[], news: readonly string[], before: number) {
    this.#entries = entries;
    this.#news = news;
    this.#before = before;
    this.last = before + entries.length;
  }

  /** The frames for a `parley.v1` member that has had all up to the number `after`. */
  lines(after: number): readonly Frame[] {
    let frames = this.#lines.get(after);
    if (frames === undefined) this.#lines.set(after, frames = this.#join(after));
    return frames;
  }

  /** The frames for a plain member that has had all up to the number `after`: one a message. */
  plain(after: number): readonly Frame[] {
    this.#plain ??= this.#entries.map(({ text, seq }) => {
      const encoded = encodePlainMessage(text);
      return { text: encoded, bytes: bytesOf(encoded), last: seq };
    });
    return after === this.#before ? this.#plain : this.#plain.slice(after - this.#before);
  }

  /** The news go into the last frame, so that a turn with messages costs no frame more. */
  #join(after: number): Frame[] {
    const frames = lineFrames(this.#entries.slice(after - this.#before));
    if (this.#news.length === 0) return frames;
    const end = frames.pop();
    const text = (end === undefined ? this.#news : [end.text, ...this.#news]).join("\n");
    return [...frames, { text, bytes: bytesOf(text), last: Math.max(after, this.last) }];
  }
}
