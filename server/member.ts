import { Backlog } from "./backlog.ts";
import type { Connection } from "./connection.ts";
import type { Position } from "./layers/channel_layer.ts";

/** Where a client that comes back was. */
export interface Resume {
  /** The log that the number belongs to. */
  readonly epoch: string;
  /** The number of the last message it had. */
  readonly after: number;
}

/** Where a member stands when it is welcomed. */
export interface Start extends Position {
  /** Whether messages between what it had and what it will get are lost for good. */
  readonly gap: boolean;
}

/** Someone in a room: a connection and a cursor into the log. */
export class Member {
  /** The number of the last message sent to it. While it is at the head that is not kept up. */
  cursor = 0;
  /** Whether it was never welcomed and has missed nothing, wherever it begins. */
  newcomer = false;
  /** Up to this number of the present log, there may be some that it was not sent. */
  skipped = 0;
  /** Whether something that it said came in and was not sent to it yet. */
  unanswered = false;
  /** Whether messages before its cursor were lost for good, and it was not told yet. */
  gap = false;
  /** Whether it must be welcomed before anything else: at first, and when the log began anew. */
  toWelcome = true;
  /** How much of the roster's news it was told, while it is behind. */
  told = 0;
  /** What waits in its socket. */
  readonly backlog: Backlog;

  /** Told when the room has given it up. */
  onDropped: () => void = () => {};

  /**
   * `id`: what its messages are `from`. `welcome`: tells it where it stands, and must not call the
   * room; without one it is plain: it gets messages only.
   */
  constructor(
    readonly connection: Connection,
    readonly id: string,
    readonly welcome?: (start: Start) => void,
  ) {
    this.backlog = new Backlog(connection);
  }

  /** It is not sent what lies up to this number. */
  skipTo(seq: number): void {
    this.cursor = this.skipped = seq;
  }

  /** Whether it gets one message a frame and no other frames. */
  get plain(): boolean {
    return this.welcome === undefined;
  }
}
