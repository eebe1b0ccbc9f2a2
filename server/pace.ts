import { clearImmediate, setImmediate } from "node:timers";

/** So much rest may be saved up while there is little to do, in milliseconds. */
const MOST_SAVED = 20;

/** Waits shorter than this are not worth a timer, in milliseconds. */
const SHORTEST_TIMER = 1;

/**
 * Work that is cheaper the more is done at once. After a quiet time it is done in the same turn of
 * the event loop, even before that turn's immediates when no rest is owed. When there is much it
 * takes its share of the time in the long run, by the generic cell rate algorithm, so that batches
 * deepen, while nothing waits longer than a limit.
 */
export class Pace {
  readonly #work: () => number | undefined;
  readonly #restFactor: number;
  #atOnce = false;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When all work so far will have had its rest, on `performance.now`'s clock. */
  #restedAt = 0;
  /** When the work that is under way was begun, on the same clock, and what it has taken so far. */
  #begunAt: number | undefined;
  #taken = 0;
  /** Whether there is more to be done after that. */
  #again = false;

  /**
   * Nothing is planned yet.
   *
   * @param work returns how long the next work may be put off, in milliseconds, or `undefined` to be
   * called again in the next turn of the event loop, before any rest
   * @param restFactor the rest after the work, as a multiple of what it took
   */
  constructor(work: () => number | undefined, restFactor: number) {
    this.#work = work;
    this.#restFactor = restFactor;
  }

  /**
   * There is work to be done, soon. Again before that: changes nothing. Returns whether that is in
   * this turn of the event loop.
   */
  plan(): boolean {
    if (this.#begunAt !== undefined) {
      this.#again = true;
      return false;
    }
    if (this.#atOnce || this.#immediate !== undefined) return true;
    if (this.#timer !== undefined) return false;
    const rest = this.#restedAt - performance.now();
    const wait = rest - MOST_SAVED;
    if (rest <= 0) {
      // Behind what else the event loop has ready now, before Deno gets to write: for a quiet room
      // that is a tenth of a millisecond earlier than an immediate.
      this.#atOnce = true;
      queueMicrotask(this.#runAtOnce);
    } else if (wait < SHORTEST_TIMER) this.#immediate = setImmediate(this.#run);
    else this.#timer = setTimeout(this.#run, wait);
    return this.#timer === undefined;
  }

  /** Does the work now instead, also what of it is under way. */
  run(): void {
    do {
      this.#unplan();
      this.#run();
    } while (this.#begunAt !== undefined);
  }

  /** Plans nothing any more; work that is under way is not ended. */
  cancel(): void {
    this.#unplan();
    this.#begunAt = undefined;
    this.#taken = 0;
    this.#again = false;
  }

  #unplan(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = this.#timer = undefined;
    this.#atOnce = false;
  }

  readonly #runAtOnce = () => {
    if (this.#atOnce) this.#run();
  };

  readonly #run = () => {
    this.#immediate = this.#timer = undefined;
    this.#atOnce = false;
    const started = performance.now();
    this.#begunAt ??= started;
    const longestWait = this.#work();
    const ended = performance.now();
    this.#taken += ended - started;
    if (longestWait === undefined) {
      this.#immediate = setImmediate(this.#run);
      return;
    }
    this.#restedAt = Math.min(
      Math.max(this.#restedAt, this.#begunAt) + this.#restFactor * this.#taken,
      ended + MOST_SAVED + longestWait,
    );
    this.#begunAt = undefined;
    this.#taken = 0;
    if (this.#again) {
      this.#again = false;
      this.plan();
    }
  };
}
