import { clearImmediate, setImmediate } from "node:timers";

/** Something that collects what is to be sent, until it is flushed. */
export interface Flushable {
  /** Sends what was collected. Must not throw. */
  flush(): void;
  /** Sends what was collected so far to those alone whose own words are among it. Must not throw. */
  answer(): void;
}

/**
 * Sending is followed by a rest of so many times what it took, for reading. Measured is what `send`
 * takes, a third of the whole: Deno writes to the sockets when the turn is over.
 */
const REST_FACTOR = 16;

/** So much rest may be saved up while there is little to send, in milliseconds. */
const MOST_SAVED = 20;

/** The longest that sending is put off, in milliseconds. */
const LONGEST_WAIT = 20;

/** Waits shorter than this are not worth a timer, in milliseconds. */
const SHORTEST_TIMER = 1;

/**
 * One kind of sending, and when it may be done again, by the generic cell rate algorithm: sending
 * takes its share of the time in the long run, and what was quiet before does not wait.
 */
class Pace {
  #marked: Flushable[] = [];
  #spare: Flushable[] = [];
  /** When all sending so far will have had its rest, on `performance.now`'s clock. */
  #restedAt = 0;
  readonly #send: (flushable: Flushable) => void;

  /** `send`: what to do with each that is marked. */
  constructor(send: (flushable: Flushable) => void) {
    this.#send = send;
  }

  /** To be marked once: the mark is gone when it was sent. */
  mark(flushable: Flushable): void {
    this.#marked.push(flushable);
  }

  /** Milliseconds until it is due; endless when nothing is marked. */
  wait(now: number): number {
    return this.#marked.length === 0 ? Infinity : this.#restedAt - MOST_SAVED - now;
  }

  /** Sends all that is marked. */
  run(): void {
    const marked = this.#marked;
    this.#marked = this.#spare;
    const started = performance.now();
    for (const flushable of marked) this.#send(flushable);
    const ended = performance.now();
    this.#restedAt = Math.min(
      Math.max(this.#restedAt, started) + REST_FACTOR * (ended - started),
      ended + MOST_SAVED + LONGEST_WAIT,
    );
    marked.length = 0;
    this.#spare = marked;
  }
}

/**
 * Decides when rooms send. What is quiet sends in the same turn of the event loop; sending that took
 * long is followed by a longer time of reading, so that under load batches deepen (one frame has
 * more messages) and the cost of a frame is shared, while latency stays bounded. Those who spoke
 * need not wait for that: to answer them alone costs little, and has a pace of its own.
 */
export class FanOut {
  readonly #answers = new Pace((flushable) => flushable.answer());
  readonly #flushes = new Pace((flushable) => flushable.flush());
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires. */
  #timerAt = 0;

  /** Flushes it soon. To be marked once: the mark is gone when it is flushed. */
  mark(flushable: Flushable): void {
    this.#flushes.mark(flushable);
    this.#plan();
  }

  /** Has it answer soon, unless it is flushed before. To be marked once. */
  markAnswer(flushable: Flushable): void {
    this.#answers.mark(flushable);
    this.#plan();
  }

  /** Flushes all that is marked, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#flushes.run();
    this.#answers.run();
  }

  #plan(): void {
    if (this.#immediate !== undefined) return;
    const now = performance.now();
    const wait = Math.min(this.#answers.wait(now), this.#flushes.wait(now));
    if (wait === Infinity) return;
    if (wait < SHORTEST_TIMER) {
      this.#immediate = setImmediate(this.#run);
    } else if (this.#timer === undefined || this.#timerAt > now + wait + SHORTEST_TIMER) {
      clearTimeout(this.#timer);
      this.#timerAt = now + wait;
      this.#timer = setTimeout(this.#onTimer, wait);
    }
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    this.#run();
  };

  readonly #run = () => {
    this.#immediate = undefined;
    const now = performance.now();
    if (this.#flushes.wait(now) < SHORTEST_TIMER) this.#flushes.run();
    // What was flushed has answered too.
    if (this.#answers.wait(now) < SHORTEST_TIMER) this.#answers.run();
    this.#plan();
  };
}
