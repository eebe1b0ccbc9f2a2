import type { Channel, LoggedMessage, LogSlice, Position } from "./channel_layer.ts";

/** A message with the epoch it was numbered in. */
export interface Numbered {
  /** @see {@linkcode Position.epoch} */
  readonly epoch: string;
  readonly message: LoggedMessage;
}

/** What reading a group's log gave. */
export interface SyncResult extends LogSlice {
  /** The number before the epoch's first message. */
  readonly base: number;
}

/**
 * One group as this node follows it: turns what pub/sub brings, which may have holes and doubles,
 * and what the log has, into one stream without either. It does no I/O.
 */
export class RedisGroup {
  /** Who gets the stream. */
  readonly channels = new Set<Channel>();
  /** Who is being added, and has not been discarded since the last call that adds it. */
  readonly joining = new Set<Channel>();
  /** How many adds are under way. */
  adds = 0;
  /** Whether Redis has confirmed the subscription. */
  subscribed = false;
  /** Whether the group was given up: a later add makes a new one. */
  closed = false;
  /** The next attempt to read the log, after one that failed. */
  retry: ReturnType<typeof setTimeout> | undefined;

  #position: Position | undefined;
  /** What pub/sub brought while the log is being read. */
  #held: Numbered[] | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #anchor: string | undefined;
  #foreign = 0;

  /** The last message delivered; `undefined` before the log was first read. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Runs the steps of this group one after the other. */
  inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** A moment that every node following the group sees at the same place of its subscription. */
  anchor(id: string): void {
    this.#anchor = id;
    this.#foreign = 0;
  }

  /** The subscription was interrupted: nobody knows how many foreign messages passed. */
  loseAnchor(): void {
    this.#anchor = undefined;
  }

  /**
   * A name for the foreign message that just came in, the same on every node that follows the
   * group: how many there were since the last anchor. So all nodes may submit it, none needs to be
   * elected, and it is numbered once. `undefined` on a node whose subscription has only begun: the
   * message was sent before that node's own add resolved.
   */
  nextForeignRef(): string | undefined {
    return this.#anchor === undefined ? undefined : `~${this.#anchor}.${++this.#foreign}`;
  }

  /** A numbered message from pub/sub. Returns whether the log must be read to go on. */
  receive(numbered: Numbered): boolean {
    this.anchor(`${numbered.epoch}.${numbered.message.seq}`);
    if (this.#held !== undefined) {
      this.#held.push(numbered);
      return false;
    }
    return this.#position !== undefined && !this.#deliver(numbered);
  }

  /** From now until {@linkcode settle} or {@linkcode release}, holds back what pub/sub brings. */
  hold(): void {
    this.#held = [];
  }

  /** The log could not be read: what was held is in there, for the next attempt. */
  release(): void {
    this.#held = undefined;
  }

  /** Delivers what the log has and pub/sub brought meanwhile. Returns the log as it now stands. */
  settle({ epoch, seq, base, messages }: SyncResult): LogSlice {
    const held = (this.#held ?? []).filter((numbered) => numbered.epoch === epoch);
    this.#held = undefined;
    const all = [...messages];
    let last = all.at(-1)?.seq ?? 0;
    for (const { message } of held) {
      if (message.seq > last) {
        all.push(message);
        last = message.seq;
      }
    }
    this.#position ??= { epoch, seq };
    if (this.#position.epoch !== epoch) this.#skipTo({ epoch, seq: base });
    for (const message of all) {
      if (message.seq > this.#position.seq + 1) this.#skipTo({ epoch, seq: message.seq - 1 });
      this.#deliver({ epoch, message });
    }
    if (this.#position.seq < seq) this.#skipTo({ epoch, seq });
    return { ...this.#position, messages: all };
  }

  #deliver({ epoch, message }: Numbered): boolean {
    const position = this.#position;
    if (position?.epoch !== epoch || message.seq > position.seq + 1) return false;
    if (message.seq <= position.seq) return true;
    this.#position = { epoch, seq: message.seq };
    for (const channel of this.channels) channel.message(message);
    return true;
  }

  #skipTo(position: Position): void {
    this.#position = position;
    for (const channel of this.channels) channel.gap(position);
  }
}
