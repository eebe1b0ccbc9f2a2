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
  #marked: Flushable[] = [];
  #answering: Flushable[] = [];
  readonly #flushes = new Pace(() => {
    const marked = this.#marked;
    this.#marked = [];
    for (const flushable of marked) flushable.flush();
  }, LONGEST_WAIT);
  readonly #answers = new Pace(() => {
    const answering = this.#answering;
    this.#answering = [];
    for (const flushable of answering) flushable.answer();
  }, LONGEST_WAIT);

  /** Flushes it soon. To be marked once: the mark is gone when it is flushed. */
  mark(flushable: Flushable): void {
    this.#marked.push(flushable);
    this.#flushes.plan();
  }

  /** Has it answer soon, unless it is flushed before. To be marked once. */
  markAnswer(flushable: Flushable): void {
    this.#answering.push(flushable);
    this.#answers.plan();
  }

  /** Flushes all that is marked, now. */
  flush(): void {
    this.#flushes.run();
    this.#answers.run();
  }
}
