const monotonic = () => performance.now();

/**
 * A token bucket: `burst` at once, `rate` a second in the long run. What is refused costs too, so
 * that someone who goes on regardless is told apart from someone who waits: {@linkcode overdrawn}.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** `rate` or `burst` 0: no limit. `now` in milliseconds; @default {performance.now} */
  constructor(rate: number, burst: number, now: () => number = monotonic) {
    this.#rate = burst === 0 ? 0 : rate;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = this.#burst;
    this.#at = this.#rate > 0 ? now() : 0;
  }

  /** Takes one; false when there was none. */
  take(): boolean {
    if (this.#rate === 0) return true;
    const now = this.#now();
    const refill = (now - this.#at) * this.#rate / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#at = now;
    const granted = this.#tokens >= 1;
    this.#tokens = Math.max(this.#tokens - 1, -this.#burst - 1);
    return granted;
  }

  /** Milliseconds until there is one again. */
  wait(): number {
    return this.#rate === 0 ? 0 : Math.ceil(Math.max(0, 1 - this.#tokens) * 1000 / this.#rate);
  }

  /** Whether as many were asked for in vain as may be had at once. */
  get overdrawn(): boolean {
    return this.#tokens < -this.#burst;
  }
}
