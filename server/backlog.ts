import type { Connection } from "./connection.ts";

/**
 * A member whose socket holds more than this is not sent to until it has read on, in bytes. What a
 * socket holds is memory that the allocator does not give back to the system: of 200 readers that
 * had stopped, 60 MiB stayed with 256 KiB each, and 5 MiB with this. With less, members that read as
 * fast as they can fall behind between two batches.
 */
export const MOST_BUFFERED = 24 * 1024;

/** A peer that takes nothing for this long has stalled, in milliseconds. */
const STALL_TIMEOUT = 10_000;

/** What waits in the socket of a member that is behind. */
export class Backlog {
  readonly #connection: Connection;
  #buffered = 0;
  #movedAt = 0;

  /** What waits in this connection's socket. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins with what the socket holds now; the time in which it may stall begins too. `now`: on `performance.now`'s clock. */
  begin(now: number): void {
    this.#buffered = this.#connection.bufferedAmount;
    this.#movedAt = now;
  }

  /** Looks at the socket. Returns whether something can be sent to it, or was taken from it. */
  look(now: number): boolean {
    const buffered = this.#connection.bufferedAmount;
    const moved = buffered <= MOST_BUFFERED || buffered < this.#buffered;
    if (moved) this.#movedAt = now;
    this.#buffered = buffered;
    return moved;
  }

  /** Whether nothing more may be sent before the peer has read on. */
  get full(): boolean {
    return this.#connection.buffersMoreThan(MOST_BUFFERED);
  }

  /** Whether the peer had taken nothing for too long when it was last looked at. */
  stalled(now: number): boolean {
    return now - this.#movedAt > STALL_TIMEOUT;
  }
}
