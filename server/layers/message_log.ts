import type { HistoryLimits } from "./channel_layer.ts";

/** Some of a log's lines. */
export interface LogPart {
  /** The lines, with `\n` between. */
  readonly text: string;
  /** Their length, in bytes, each with a line break. */
  readonly bytes: number;
  /** The number of the last one. */
  readonly last: number;
}

const NEWLINE = 0x0a;

/** The bytes, and the lines, that a log begins with room for; it doubles when it is used up. */
const LEAST_CAPACITY = 1024;
const LEAST_LINES = 16;

/** When new lines have so many UTF-16 units together they are written. */
const MOST_UNWRITTEN = 4096;

/** What a line that is not written takes besides its text, roughly, in bytes. */
const LINE_OVERHEAD = 24;

/** So much of the buffer must be free again for moving what is kept to be worth it. */
const WORTH_MOVING = 1 / 4;

/**
 * A log takes no more than this, in bytes, whatever its limits and whoever needs it: V8 makes no text
 * that is longer, and all of a log may be asked for.
 */
const MOST_BYTES = 2 ** 29 - 32;

/**
 * How many times as much as usual is kept for who needs it: those who are slow, and all when much
 * comes at once, since Deno writes nothing before the turn of the event loop has ended.
 */
export const MOST_NEEDED = 16;

/** A buffer of more bytes than this is made smaller when less than that part of it is in use. */
const WORTH_SHRINKING = 4 * MOST_UNWRITTEN;
const LEAST_USED = 1 / 8;

/** What a log keeps beyond its limits, up to {@linkcode MOST_NEEDED} times as much. */
export interface Needed {
  /** The lowest number that somebody is still to be sent: from there on the count is no limit. */
  readonly from: number;
  /** The lowest that somebody is who is waited for: from there on the bytes are none either. */
  readonly awaitedFrom: number;
}

/** Nobody needs more than usual. */
const NOTHING: Needed = { from: Infinity, awaitedFrom: Infinity };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The newest lines of a numbered log, within limits of count and bytes. They are kept as UTF-8 in one
 * buffer, oldest first: nothing here is an object that the garbage collector would have to look at,
 * and what somebody has missed is one slice. Appending is amortised O(1), and so is finding a line,
 * since the numbers have no holes. A new line is written only when there are several, or when
 * somebody asks: while it is on its way to those who wait for it that would be in its way. Places are
 * counted from the buffer's beginning, in 32 bits: where a number may be a fraction, as far as V8 can
 * tell, it would compile all that uses it anew.
 */
export class MessageLog {
  readonly #limits: Pick<HistoryLimits, "messages" | "bytes">;
  #buffer = new Uint8Array(0);
  /** Where in it the oldest line that is kept begins. */
  #begin = 0;
  /** Where in it each line ends, its `\n` included: of those that are kept, from `#start` to `#stop`. */
  #ends = new Int32Array(0);
  #start = 0;
  #stop = 0;
  #first = 0;
  /** The newest lines, as long as they are not in the buffer, and their UTF-16 units. */
  #unwritten: string[] = [];
  #unwrittenLength = 0;
  /** The number of the line that follows. */
  #next = 0;
  #needed = NOTHING;

  /** An empty one. */
  constructor(limits: Pick<HistoryLimits, "messages" | "bytes">) {
    this.#limits = limits;
  }

  /** How many lines are held. */
  get length(): number {
    this.#write();
    return this.#writtenLength;
  }

  /** Their bytes, with one more for each. */
  get bytes(): number {
    this.#write();
    return this.#writtenBytes;
  }

  /** The bytes of memory that they take, roughly; another number when they were asked for meanwhile. */
  get memory(): number {
    return this.#buffer.length + this.#ends.byteLength + 2 * this.#unwrittenLength +
      LINE_OVERHEAD * this.#unwritten.length;
  }

  /** The oldest line's number, or `undefined` when empty. */
  get first(): number | undefined {
    return this.length === 0 ? undefined : this.#first;
  }

  /**
   * Adds the newest line; the oldest ones that no longer fit are gone when the log is next asked.
   *
   * @param seq its number; unless it is one more than the last one's, the log begins anew with it
   * @param line well-formed text without a line break
   * @param needed what is kept beyond the limits, until the next call that says so
   */
  push(seq: number, line: string, needed = NOTHING): void {
    if (seq !== this.#next) this.clear();
    if (this.#writtenLength + this.#unwritten.length === 0) this.#first = seq;
    this.#next = seq + 1;
    this.#needed = needed;
    this.#unwritten.push(line);
    this.#unwrittenLength += line.length;
    if (this.#unwrittenLength >= MOST_UNWRITTEN) this.#write();
  }

  /** The number of the oldest line of those that are kept though nobody needs them. */
  get firstUsual(): number | undefined {
    const { messages, bytes } = this.#limits;
    const length = this.length;
    if (length === 0) return undefined;
    const end = this.#end;
    let index = this.#stop - Math.min(length, messages);
    if (bytes > 0) {
      let high = this.#stop;
      while (index < high) {
        const middle = (index + high) >> 1;
        if (end - this.#beginOf(middle) <= bytes) high = middle;
        else index = middle + 1;
      }
    }
    return this.#first + index - this.#start;
  }

  /** Lets go of what is needed no longer: `needed` is what still is. */
  release(needed: Needed): void {
    this.#needed = needed;
    this.#trim();
    const capacity = this.#buffer.length;
    if (capacity > WORTH_SHRINKING && this.#writtenBytes < capacity * LEAST_USED) {
      this.#move(2 * this.#writtenBytes);
      this.#ends = this.#ends.slice(0, this.#stop);
    }
  }

  /** Forgets all lines. */
  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#ends = new Int32Array(0);
    this.#begin = this.#start = this.#stop = 0;
    this.#unwritten = [];
    this.#unwrittenLength = 0;
  }

  /**
   * The lines with a number above `seq`, oldest first.
   *
   * @param most how many bytes are enough, so that the line with which there are so many is the last
   * @returns `undefined` when there are none
   */
  after(seq: number, most = Infinity): LogPart | undefined {
    this.#write();
    let index = this.#start + Math.max(0, seq + 1 - this.#first);
    if (index >= this.#stop) return undefined;
    const begin = this.#beginOf(index);
    while (index < this.#stop - 1 && this.#ends[index]! - begin < most) index++;
    const end = this.#ends[index]!;
    return {
      text: decoder.decode(this.#buffer.subarray(begin, end - 1)),
      bytes: end - begin,
      last: this.#first + index - this.#start,
    };
  }

  #beginOf(index: number): number {
    return index === this.#start ? this.#begin : this.#ends[index - 1]!;
  }

  /** Where the newest line ends. */
  get #end(): number {
    return this.#beginOf(this.#stop);
  }

  get #writtenLength(): number {
    return this.#stop - this.#start;
  }

  get #writtenBytes(): number {
    return this.#end - this.#begin;
  }

  #write(): void {
    if (this.#unwritten.length === 0) return;
    this.#append(`${this.#unwritten.join("\n")}\n`);
    this.#unwritten = [];
    this.#unwrittenLength = 0;
    this.#trim();
  }

  #trim(): void {
    while (this.#hasTooMany || this.#hasTooMuch) this.#drop();
  }

  get #hasTooMany(): boolean {
    const { messages } = this.#limits;
    const length = this.#writtenLength;
    return length > messages &&
      (this.#first < this.#needed.from || length > MOST_NEEDED * messages);
  }

  get #hasTooMuch(): boolean {
    const { bytes } = this.#limits;
    const size = this.#writtenBytes;
    return size > MOST_BYTES || bytes > 0 && size > bytes &&
        (this.#first < this.#needed.awaitedFrom || size > MOST_NEEDED * bytes);
  }

  /** Adds lines, each with a line break behind it. */
  #append(text: string): void {
    let begin = this.#end;
    let { read, written } = encoder.encodeInto(text, this.#buffer.subarray(begin));
    if (read < text.length) {
      const bytes = encoder.encode(text);
      this.#makeRoom(bytes.length);
      begin = this.#end;
      this.#buffer.set(bytes, begin);
      written = bytes.length;
    }
    const end = begin + written;
    while (begin < end) {
      begin = this.#buffer.indexOf(NEWLINE, begin) + 1;
      this.#endLine(begin);
    }
  }

  /** The newest line ends there. */
  #endLine(end: number): void {
    if (this.#stop === this.#ends.length) {
      const ends = new Int32Array(Math.max(2 * this.#writtenLength, LEAST_LINES));
      ends.set(this.#ends.subarray(this.#start, this.#stop));
      this.#ends = ends;
      this.#stop -= this.#start;
      this.#start = 0;
    }
    this.#ends[this.#stop++] = end;
  }

  /** Has so many bytes free at the buffer's end, by moving the lines to its beginning if that helps. */
  #makeRoom(bytes: number): void {
    const needed = this.#writtenBytes + bytes;
    const capacity = this.#buffer.length;
    if (needed <= capacity * (1 - WORTH_MOVING)) {
      this.#buffer.copyWithin(0, this.#begin, this.#end);
      this.#countFromBegin();
    } else this.#move(Math.max(needed, capacity + 1));
  }

  /** Moves the lines to a buffer for so many bytes. */
  #move(bytes: number): void {
    const buffer = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST_CAPACITY))));
    buffer.set(this.#buffer.subarray(this.#begin, this.#end));
    this.#buffer = buffer;
    this.#countFromBegin();
  }

  /** The lines lie at the buffer's beginning now. */
  #countFromBegin(): void {
    const length = this.#writtenLength;
    for (let index = 0; index < length; index++) {
      this.#ends[index] = this.#ends[this.#start + index]! - this.#begin;
    }
    this.#begin = this.#start = 0;
    this.#stop = length;
  }

  #drop(): void {
    this.#begin = this.#ends[this.#start++]!;
    this.#first++;
  }
}
