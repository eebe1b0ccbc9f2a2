import type { Connection } from "./connection.ts";

/**
 * A socket is given no more than this to hold, in bytes, unless it holds nothing: then one frame, or
 * one part of the log. It is memory that the allocator does not give back to the system: of 200
 * readers that had stopped, 60 MiB stayed with 256 KiB each. With 24 KiB, members that read as fast
 * as they can fell behind between two batches, and were late by 140 ms instead of 10.
 */
export const MOST_BUFFERED = 32 * 1024;

/** A peer that takes nothing for this long has stalled, in milliseconds. */
const STALL_TIMEOUT = 10_000;

/**
 * So long more bytes than usual are kept for who fell behind, in milliseconds: what is said at once is
 * to reach all who read, but who reads slowly is not to have it kept for ever.
 */
const MOST_AWAITED = 10_000;

/** And so long for who takes nothing meanwhile, in milliseconds: memory is not to grow for it. */
const MOST_STILL = 2_000;

/**
 * So much of the time between two looks counts at the most, in milliseconds: a server that was held
 * up for longer has written nothing meanwhile.
 */
const MOST_COUNTED = 1_000;

/** What a socket may hold at the most if it is to be given so many bytes more. */
export function mostBefore(bytes: number): number {
  return Math.max(MOST_BUFFERED - bytes, 0);
}

/** What waits in the socket of a member. */
export class Backlog {
  readonly #connection: Connection;
  #buffered = 0;
  #begunAt = performance.now();
  #lookedAt = this.#begunAt;
  /** For how long nothing was taken. */
  #still = 0;

  /** What waits in this connection's socket. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Begins with what the socket holds now; the time in which it may stall begins too. `now`: on
   * `performance.now`'s clock.
   */
  begin(now: number): void {
    this.#buffered = this.#connection.bufferedAmount;
    this.#begunAt = this.#lookedAt = now;
    this.#still = 0;
  }

  /** Looks at the socket. Returns whether it holds nothing, or something was taken from it. */
  look(now: number): boolean {
    const buffered = this.#connection.bufferedAmount;
    const moved = buffered === 0 || buffered < this.#buffered;
    this.#still = moved ? 0 : this.#still + Math.min(now - this.#lookedAt, MOST_COUNTED);
    this.#lookedAt = now;
    this.#buffered = buffered;
    return moved;
  }

  /** Something was sent: it is to be taken, too. */
  sent(): void {
    this.#buffered = this.#connection.bufferedAmount;
  }

  /** Whether the socket may be given so many bytes more. */
  takes(bytes: number): boolean {
    return !this.#connection.buffersMoreThan(mostBefore(bytes));
  }

  /** Whether more bytes than usual are to be kept for it, by when it was last looked at. */
  isAwaited(now: number): boolean {
    return now - this.#begunAt < MOST_AWAITED && this.#still < MOST_STILL;
  }

  /** Whether the peer had taken nothing for too long when it was last looked at. */
  get stalled(): boolean {
    return this.#still > STALL_TIMEOUT;
  }
}
