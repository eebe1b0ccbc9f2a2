import { LayerUnavailableError } from "./channel_layer.ts";

/** How long a connection may bring nothing before commands are given up, in milliseconds. */
const COMMAND_TIMEOUT = 1_000;

/** A timer that fires so much later than it should was held up, in milliseconds. */
const LATE_TIMER = 100;

/** A command that was sent and not answered. */
interface Pending {
  /** When it was sent, on `performance.now`'s clock. */
  readonly sentAt: number;
  /** Has it fail. */
  readonly giveUp: () => void;
}

/**
 * Gives up the commands of one connection to Redis when that has brought nothing for a second: a long
 * queue that moves is no reason. One timer serves all, since answers come in the order of the commands.
 */
export class AnswerWatch {
  /** Oldest first. */
  readonly #pending = new Set<Pending>();
  #heardAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stalled = false;
  #closed = false;

  /** No answer came in time, and nothing since: new commands would only pile up. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /**
   * Settles as the answer to a command that is sent now.
   *
   * @throws {LayerUnavailableError} when it does not come in time.
   */
  inTime<T>(answer: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = {
        sentAt: performance.now(),
        giveUp: () => reject(new LayerUnavailableError("Redis did not answer in time")),
      };
      this.#pending.add(pending);
      if (this.#timer === undefined && !this.#closed) this.#watch(COMMAND_TIMEOUT);
      const answered = () => {
        this.#pending.delete(pending);
        this.heard();
      };
      // With the connection all that is unanswered fails, also what was given up: the next begins anew.
      answer.then((value) => {
        answered();
        resolve(value);
      }, (error) => {
        answered();
        reject(error);
      });
    });
  }

  /** The connection has brought something, be it no answer. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#stalled = false;
  }

  /** Has all fail that is still unanswered, and watches no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { giveUp } of this.#pending) giveUp();
    this.#pending.clear();
  }

  #watch(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    this.#timer = setTimeout(() => this.#giveUpLate(due), milliseconds);
  }

  #giveUpLate(due: number): void {
    this.#timer = undefined;
    const now = performance.now();
    // A timer that is late itself means that we were held up: the answers may be there, unread.
    if (now - due > LATE_TIMER) return this.#watch(LATE_TIMER);
    for (const pending of this.#pending) {
      const rest = Math.max(pending.sentAt, this.#heardAt) + COMMAND_TIMEOUT - now;
      if (rest > 0) return this.#watch(rest);
      this.#stalled = true;
      this.#pending.delete(pending);
      pending.giveUp();
    }
  }
}
