import type { HistoryLimits } from "./channel_layer.ts";

/** What a log is made of: numbered entries that know their size. */
export interface LogEntry {
  /** One more than the entry before. */
  readonly seq: number;
  /** What it counts against the limit of bytes. */
  readonly bytes: number;
}

/**
 * The newest entries of a numbered log, within limits of count and bytes. Appending is amortised
 * O(1), and so is finding an entry, since the numbers have no holes.
 */
export class MessageLog<Entry extends LogEntry> {
  readonly #limits: Pick<HistoryLimits, "messages" | "bytes">;
  #entries: Entry[] = [];
  /** Where the log starts in `#entries`: dropped ones are cut off in bulk. */
  #start = 0;
  #bytes = 0;

  /** An empty one. */
  constructor(limits: Pick<HistoryLimits, "messages" | "bytes">) {
    this.#limits = limits;
  }

  /** How many entries are held. */
  get length(): number {
    return this.#entries.length - this.#start;
  }

  /** The sum of the entries' bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest entry's number, or `undefined` when empty. */
  get first(): number | undefined {
    return this.#entries[this.#start]?.seq;
  }

  /** Adds the newest entry and drops the oldest ones that no longer fit. */
  push(entry: Entry): void {
    const { messages, bytes } = this.#limits;
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    while (this.length > messages || (bytes > 0 && this.#bytes > bytes && this.length > 0)) {
      this.#bytes -= this.#entries[this.#start]!.bytes;
      this.#start++;
    }
    if (this.#start > 64 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Forgets all entries. */
  clear(): void {
    this.#entries = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  /** The entries with a number above `seq`, oldest first. */
  after(seq: number): Entry[] {
    const first = this.first;
    if (first === undefined) return [];
    return this.#entries.slice(this.#start + Math.max(0, seq + 1 - first));
  }

  /** The entry with the number `seq`, if it is still held. */
  at(seq: number): Entry | undefined {
    const first = this.first;
    return first === undefined || seq < first
      ? undefined
      : this.#entries[this.#start + seq - first];
  }
}
