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
  readonly #work: () => number;
  readonly #restFactor: number;
  #atOnce = false;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When all work so far will have had its rest, on `performance.now`'s clock. */
  #restedAt = 0;

  /**
   * Nothing is planned yet.
   *
   * @param work returns how long the next work may be put off, in milliseconds
   * @param restFactor the rest after the work, as a multiple of what it took
   */
  constructor(work: () => number, restFactor: number) {
    this.#work = work;
    this.#restFactor = restFactor;
  }

  /**
   * There is work to be done, soon. Again before that: changes nothing. Returns whether that is in
   * this turn of the event loop.
   */
  plan(): boolean {
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

  /** Does the work now instead. */
  run(): void {
    this.cancel();
    this.#run();
  }

  /** Plans nothing any more. */
  cancel(): void {
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
    const longestWait = this.#work();
    const ended = performance.now();
    this.#restedAt = Math.min(
      Math.max(this.#restedAt, started) + this.#restFactor * (ended - started),
      ended + MOST_SAVED + longestWait,
    );
  };
}
