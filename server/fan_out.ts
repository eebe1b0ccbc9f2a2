import { Pace } from "./pace.ts";

/** Something that collects what is to be sent, until it is flushed. */
export interface Flushable {
  /** How many frames a flush of so many messages takes, at the most. */
  frames(messages: number): number;
  /** Sends what was collected. Returns how many messages that was. Must not throw. */
  flush(): number;
  /**
   * Sends what was collected so far to those alone whose own words are among it. Returns how many
   * they are. Must not throw.
   */
  answer(): number;
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
 * After so many writes Deno looks for what has come in (on Deno 2.9.6: tokio's event interval), but it
 * reads from 128 sockets only between all the writes that wait then and those that wait after them.
 * When 1,000 rooms of ten sent at once, some talkers were not read for 5 s, a third as many messages
 * came in, and each frame had a quarter as many.
 */
const WRITES_A_TURN = 61;

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
  /** How many rooms had several messages to a frame this time. */
  #several = 0;
  readonly #flushes = new Marked(
    (flushable) => {
      const messages = flushable.flush();
      if (messages >= SEVERAL) this.#several++;
      return flushable.frames(messages);
    },
    (rooms) => {
      const several = this.#several;
      this.#several = 0;
      return longestWait(rooms, several);
    },
    REST_FACTOR,
  );
  readonly #answers = new Marked(
    (flushable) => flushable.answer(),
    () => LONGEST_WAIT,
    ANSWER_REST_FACTOR,
  );
  /**
   * These take no turns: talkers who were answered while their rooms wait would say more than can be
   * sent. With 100 plain rooms of ten half of it came more than half a second late.
   */
  readonly #unshared = new Marked(
    (flushable) => {
      flushable.flush();
      return 0;
    },
    () => 0,
    REST_FACTOR,
  );

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

/**
 * Those with which something is to be done soon, at one pace. The next of them has its turn when less
 * is left of what those before it sent than is written in a turn of the event loop, so that those who
 * talk are read meanwhile; what the last one sent is written in the rest that follows.
 */
class Marked {
  readonly #work: (flushable: Flushable) => number;
  readonly #longestWait: (rooms: number) => number;
  readonly #pace: Pace;
  #marked = new Set<Flushable>();
  /** Those whose turn has come, and how many they were at first. */
  #due = new Set<Flushable>();
  #rooms = 0;
  /** How many frames of theirs are still to be written. */
  #unwritten = 0;

  /**
   * @param work returns how many frames the next one has to wait for, at the most
   * @param longestWait is given how many it was done with, and tells how long the next ones may wait,
   * in milliseconds
   * @param restFactor the rest after the work, as a multiple of what it took
   */
  constructor(
    work: (flushable: Flushable) => number,
    longestWait: (rooms: number) => number,
    restFactor: number,
  ) {
    this.#work = work;
    this.#longestWait = longestWait;
    this.#pace = new Pace(() => this.#turn(), restFactor);
  }

  add(flushable: Flushable): boolean {
    if (this.#due.has(flushable)) return false;
    this.#marked.add(flushable);
    return this.#pace.plan();
  }

  run(): void {
    this.#pace.run();
    // What was marked while the others were under way.
    if (this.#marked.size > 0) this.#pace.run();
  }

  /** Returns how long the next ones may wait, or `undefined` if some of these are left. */
  #turn(): number | undefined {
    if (this.#due.size === 0) {
      this.#due = this.#marked;
      this.#marked = new Set();
      this.#rooms = this.#due.size;
      this.#unwritten = 0;
    }
    this.#unwritten = Math.max(0, this.#unwritten - WRITES_A_TURN);
    for (const flushable of this.#due) {
      if (this.#unwritten >= WRITES_A_TURN) return undefined;
      this.#due.delete(flushable);
      this.#unwritten += this.#work(flushable);
    }
    return this.#longestWait(this.#rooms);
  }
}
