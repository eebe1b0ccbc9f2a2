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
 * to answer them alone costs little, and has a pace of its own.
 */
export class FanOut {
  #marked = new Set<Flushable>();
  #answering = new Set<Flushable>();
  readonly #flushes = new Pace(() => {
    const marked = this.#marked;
    this.#marked = new Set();
    for (const flushable of marked) flushable.flush();
  }, LONGEST_WAIT);
  readonly #answers = new Pace(() => {
    const answering = this.#answering;
    this.#answering = new Set();
    for (const flushable of answering) flushable.answer();
  }, LONGEST_WAIT);

  /** Flushes it soon. */
  mark(flushable: Flushable): void {
    this.#marked.add(flushable);
    this.#flushes.plan();
  }

  /** Has it answer soon. */
  markAnswer(flushable: Flushable): void {
    this.#answering.add(flushable);
    this.#answers.plan();
  }

  /** Flushes all that is marked, now. */
  flush(): void {
    this.#flushes.run();
    this.#answers.run();
  }
}
