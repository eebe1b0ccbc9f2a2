/** How long a `ref` is known at least, in milliseconds: longer than a client's longest backoff. */
export const REF_LIFE = 120_000;

/**
 * Remembers which `ref` of which sender got which number. Two generations: the younger becomes the
 * older, and the older is forgotten, once the younger spans {@linkcode REF_LIFE} and holds at least
 * as many as the log; so nothing is forgotten before both have passed, and nothing is searched.
 */
export class RefMemory {
  readonly #least: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #since: number | undefined;

  /** `least`: how many of the newest are known whatever the time. */
  constructor(least: number) {
    this.#least = least;
  }

  /** The number that this sender's `ref` got, if any. `now` in milliseconds. */
  get(from: string | undefined, ref: string | undefined, now: number): number | undefined {
    if (ref === undefined) return undefined;
    this.#since ??= now;
    if (this.#young.size >= this.#least && now - this.#since >= REF_LIFE) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#since = now;
    }
    const key = refKey(from, ref);
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Remembers it. */
  set(from: string | undefined, ref: string | undefined, seq: number): void {
    if (ref !== undefined) this.#young.set(refKey(from, ref), seq);
  }
}

/** One key for a sender's `ref`. Ids have no spaces, so two senders never share one. */
export function refKey(from: string | undefined, ref: string): string {
  return `${from ?? ""} ${ref}`;
}
