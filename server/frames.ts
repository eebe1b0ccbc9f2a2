import { encodePlainMessage } from "./protocol.ts";

/**
 * A frame is full when it is this long, in bytes. Longer than what one batch is under load, and not
 * much: a socket that holds nothing is given a whole frame.
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
  /** That line's length, in bytes, with a line break. */
  readonly bytes: number;
}

/** What one frame carries. */
export interface Frame {
  /** The frame's payload. */
  readonly text: string;
  /** About its length, in bytes. */
  readonly bytes: number;
  /** The number of its last message. */
  readonly last: number;
}

function lineFrames(entries: Iterable<Entry>): Frame[] {
  const frames: Frame[] = [];
  let lines: string[] = [];
  let length = 0;
  let last = 0;
  const end = () => {
    const text = lines.length === 1 ? lines[0]! : lines.join("\n");
    frames.push({ text, bytes: length, last });
    lines = [];
    length = 0;
  };
  for (const { line, bytes, seq } of entries) {
    if (length >= FRAME_LENGTH) end();
    lines.push(line);
    length += bytes;
    last = seq;
  }
  if (lines.length > 0) end();
  return frames;
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
    this.#plain ??= this.#entries.map(({ text, bytes, seq }) => ({
      text: encodePlainMessage(text),
      bytes,
      last: seq,
    }));
    return after === this.#before ? this.#plain : this.#plain.slice(after - this.#before);
  }

  /** The news go into the last frame, so that a turn with messages costs no frame more. */
  #join(after: number): Frame[] {
    const frames = lineFrames(this.#entries.slice(after - this.#before));
    if (this.#news.length === 0) return frames;
    const end = frames.pop();
    const text = (end === undefined ? this.#news : [end.text, ...this.#news]).join("\n");
    const bytes = (end?.bytes ?? 0) + text.length - (end?.text.length ?? 0);
    return [...frames, { text, bytes, last: Math.max(after, this.last) }];
  }
}
