/** Buckets to each doubling: a value is off by no more than 1/128. */
const FINENESS = 64;

/** In microseconds: an hour. */
const LONGEST = 3_600_000_000;

/** Counts times without keeping them: in buckets whose width grows with the value, as HdrHistogram's do. */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(28 * FINENESS);
  #count = 0;

  /** Counts a time in milliseconds; its microseconds are what is kept, of an hour at most. */
  add(milliseconds: number): void {
    const micros = Math.min(Math.max(0, milliseconds * 1000), LONGEST) >>> 0;
    const shift = Math.max(0, 25 - Math.clz32(micros));
    this.#buckets[shift * FINENESS + (micros >>> shift)]!++;
    this.#count++;
  }

  /** The time in milliseconds that this share of all do not pass; not a number when there are none. */
  quantile(share: number): number {
    if (this.#count === 0) return NaN;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let passed = 0;
    const index = this.#buckets.findIndex((count) => (passed += count) >= rank);
    const shift = Math.max(0, Math.floor(index / FINENESS) - 1);
    const micros = (index - shift * FINENESS + 0.5) * 2 ** shift;
    return micros / 1000;
  }
}
