import { Pace } from "./pace.ts";

/** Something that collects what is to be sent, until it is flushed. */
export interface Flushable {
  /** Sends what was collected. Must not throw. */
  flush(): void;
  /** Sends what was collected so far to those alone whose own words are among it. Must not throw. */
  answer(): void;
}

/** The longest that sending is put off, in milliseconds. */
const LONGEST_WAIT = 20;

/**
 * Decides when rooms send. What is quiet sends in the same turn of the event loop; under load one
 * frame has more messages, and the cost of a frame is shared. Those who spoke need not wait for that:
 * to answer them alone costs little, and has a pace of its own. Where frames have one message
 * whatever comes, nothing would be gained by waiting.
 */
export class FanOut {
  readonly #flushes = new Marked((flushable) => flushable.flush(), LONGEST_WAIT);
  readonly #answers = new Marked((flushable) => flushable.answer(), LONGEST_WAIT);
  readonly #unshared = new Marked((flushable) => flushable.flush(), 0);

  /**
   * Flushes it soon. Returns whether that is in this turn of the event loop.
   *
   * @param shares whether its frames have the more messages the later that is
   */
  mark(flushable: Flushable, shares = true): boolean {
    return (shares ? this.#flushes : this.#unshared).add(flushable);
  }

  /** Has it answer soon. */
  markAnswer(flushable: Flushable): void {
    this.#answers.add(flushable);
  }

  /** Flushes all that is marked, now. */
  flush(): void {
    for (const marked of [this.#flushes, this.#unshared, this.#answers]) marked.run();
  }
}

/** Those with which something is to be done soon, at one pace. */
class Marked {
  #flushables = new Set<Flushable>();
  readonly #pace: Pace;

  constructor(work: (flushable: Flushable) => void, longestWait: number) {
    this.#pace = new Pace(() => {
      const flushables = this.#flushables;
      this.#flushables = new Set();
      for (const flushable of flushables) work(flushable);
    }, longestWait);
  }

  add(flushable: Flushable): boolean {
    this.#flushables.add(flushable);
    return this.#pace.plan();
  }

  run(): void {
    this.#pace.run();
  }
}
