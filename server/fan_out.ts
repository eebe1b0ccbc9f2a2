import { Pace } from "./pace.ts";

/** Something that collects what is to be sent, until it is flushed. */
export interface Flushable {
  /** Sends what was collected. Returns how many messages that was. Must not throw. */
  flush(): number;
  /** Sends what was collected so far to those alone whose own words are among it. Must not throw. */
  answer(): void;
}

/** The longest that sending is put off, but for the case below, in milliseconds. */
const LONGEST_WAIT = 20;

/**
 * The same where most rooms have several messages to a frame anyway. With 100 busy rooms of ten that
 * is a third fewer frames, and a quarter more messages for the same processor time (on Deno 2.9.6).
 * Where a frame has one message, waiting longer made it late and saved nothing: in a room of 1,000
 * with a message each 25 ms.
 */
const LONGEST_SHARED_WAIT = 40;

/** So many messages to a frame are several. */
const SEVERAL = 2;

/**
 * The rest after sending, as a multiple of what that took of the turn: 1 to 3 µs a frame, and 5 to
 * 8 µs after it, when Deno writes (on Deno 2.9.6). So sending takes about a quarter of the time, as
 * long as nothing waits too long. With 16, two nodes over Redis had fewer messages to a frame; with
 * 48, those who wait for their own words before they go on left the server idle.
 */
const REST_FACTOR = 32;

/**
 * The same after answering, which takes more of the turn for each frame. With 32 the server was idle
 * for a tenth of the time; with 8 there were half as many frames again.
 */
const ANSWER_REST_FACTOR = 24;

/**
 * How long the next sending may be put off, in milliseconds, when this time so many of the rooms had
 * several messages to a frame.
 */
export function longestWait(rooms: number, several: number): number {
  return several > 0 && several * 2 >= rooms ? LONGEST_SHARED_WAIT : LONGEST_WAIT;
}

/**
 * Decides when rooms send. What is quiet sends in the same turn of the event loop; under load one
 * frame has more messages, and the cost of a frame is shared. Those who spoke need not wait for that:
 * to answer them alone costs little, and has a pace of its own. Where frames have one message
 * whatever comes, nothing would be gained by waiting.
 */
export class FanOut {
  readonly #flushes = new Marked((flushable) => flushable.flush(), longestWait, REST_FACTOR);
  readonly #answers = new Marked(
    (flushable) => {
      flushable.answer();
      return 0;
    },
    () => LONGEST_WAIT,
    ANSWER_REST_FACTOR,
  );
  readonly #unshared = new Marked((flushable) => flushable.flush(), () => 0, REST_FACTOR);

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

  /**
   * @param work returns how many messages it sent to all
   * @param longestWait see {@linkcode longestWait}
   * @param restFactor the rest after the work, as a multiple of what it took
   */
  constructor(
    work: (flushable: Flushable) => number,
    longestWait: (rooms: number, several: number) => number,
    restFactor: number,
  ) {
    this.#pace = new Pace(() => {
      const flushables = this.#flushables;
      this.#flushables = new Set();
      let several = 0;
      for (const flushable of flushables) if (work(flushable) >= SEVERAL) several++;
      return longestWait(flushables.size, several);
    }, restFactor);
  }

  add(flushable: Flushable): boolean {
    this.#flushables.add(flushable);
    return this.#pace.plan();
  }

  run(): void {
    this.#pace.run();
  }
}
