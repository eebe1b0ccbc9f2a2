import type { Channel, GroupState, LogSlice, Position } from "./channel_layer.ts";
import type { Numbered, RosterChange } from "./redis_payload.ts";

/** How far a group was followed. */
export interface Followed extends Position {
  /** What the message with that number was signed with; "" if that is not known. */
  readonly mac: string;
}

/** A member as the roster on Redis has it. */
export interface RosterEntry {
  /** The nodes on whose behalf it is there, with commas between. */
  readonly nodes: string;
  /** The member's name. */
  readonly name: string;
}

/** What reading a group's log gave. */
export interface SyncResult extends LogSlice {
  /** The number before the epoch's first message. */
  readonly base: number;
  /** What the last message was signed with; "" if that is not known. */
  readonly mac: string;
  /** The version of the roster. */
  readonly version: number;
  /** The roster by id; missing when it is the version that is known. */
  readonly roster?: ReadonlyMap<string, RosterEntry>;
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

  #position: Followed | undefined;
  /** Whether the log has not been read since the subscription was interrupted. */
  #interrupted = false;
  /** Whether that was after the reading that is under way, or the last one, had begun. */
  #interruptedReading = false;
  #roster = new Map<string, RosterEntry>();
  #rosterVersion = -1;
  /** What the last look at Redis said ought to have come by the next one. */
  #expected = { seq: 0, version: 0 };
  /** What pub/sub brought while the log is being read. */
  #held: Numbered[] | undefined;
  #heldChanges: RosterChange[] = [];
  /** Whether another reading of the log is already planned. */
  catchUpPlanned = false;
  /** Whether what was read and what came meanwhile left a hole. */
  incomplete = false;
  #turn: Promise<unknown> = Promise.resolve();
  #anchor: string | undefined;
  #foreign = 0;

  /** The last message delivered; `undefined` before the log was first read. */
  get position(): Followed | undefined {
    return this.#position;
  }

  /**
   * What Redis is told: with the `mac` only after an interruption, since Redis may have come back with
   * other data, in which the number is another message's.
   */
  get known(): Followed | undefined {
    return this.#interrupted ? this.#position : this.#position && { ...this.#position, mac: "" };
  }

  /** The version of the roster that is known; -1 when none is. */
  get rosterVersion(): number {
    return this.#rosterVersion;
  }

  /** The nodes that have members in the group. */
  get nodes(): Set<string> {
    return new Set([...this.#roster.values()].flatMap(({ nodes }) => nodes.split(",")));
  }

  /** Who is in the roster on behalf of that node, by id. */
  membersOf(node: string): string[] {
    const members = [...this.#roster].filter(([, { nodes }]) => nodes.split(",").includes(node));
    return members.map(([id]) => id);
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

  /**
   * The subscription was interrupted: nobody knows how many foreign messages passed, or whether what
   * comes now follows on what was there before.
   */
  interrupt(): void {
    this.#anchor = undefined;
    this.#interrupted = this.#interruptedReading = true;
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
    return this.#position !== undefined && (this.#interrupted || !this.#deliver(numbered));
  }

  /** A change of the roster from pub/sub. Returns whether the roster must be read to go on. */
  receiveMember(change: RosterChange): boolean {
    if (this.#held !== undefined) {
      this.#heldChanges.push(change);
      return false;
    }
    const { id, nodes, name, before, version } = change;
    if (version <= this.#rosterVersion) return false;
    if (before !== this.#rosterVersion) return true;
    this.#rosterVersion = version;
    if (name === undefined) this.#roster.delete(id);
    else this.#roster.set(id, { nodes, name });
    for (const channel of this.channels) channel.presence(id, name);
    return false;
  }

  /**
   * Holds what Redis says against what was known when it was asked. Returns why the log must be
   * read, if it must: Redis came back with `other` data, or the subscription is `deaf`, since what
   * was there at the last look has not come by now.
   */
  missed(
    known: Position & { version: number },
    now: Position & { version: number },
  ): "other" | "deaf" | undefined {
    const { seq, version } = this.#expected;
    this.#expected = now;
    if (now.epoch !== known.epoch || now.seq < known.seq || now.version < known.version) {
      return "other";
    }
    return known.seq < seq || known.version < version ? "deaf" : undefined;
  }

  /** A member is typing. */
  receiveTyping(id: string): void {
    for (const channel of this.channels) channel.typing(id);
  }

  /** From now until {@linkcode settle} or {@linkcode release}, holds back what pub/sub brings. */
  hold(): void {
    this.#interruptedReading = false;
    this.#held = [];
    this.#heldChanges = [];
  }

  /** The log could not be read: what was held is in there, for the next attempt. */
  release(): void {
    this.#held = undefined;
  }

  /** Delivers what the log has and pub/sub brought meanwhile. Returns the group as it now stands. */
  settle({ epoch, seq, base, mac, messages, version, roster }: SyncResult): GroupState {
    if (roster !== undefined) this.#replaceRoster(roster, version);
    const held = this.#held ?? [];
    this.#held = undefined;
    this.incomplete = false;
    this.#interrupted = this.#interruptedReading;
    // What does not follow on the roster as it was read will be found missing at the next look.
    for (const change of this.#heldChanges.splice(0)) this.receiveMember(change);
    const all = messages.map((message) => ({
      epoch,
      message,
      mac: message.seq === seq ? mac : "",
    }));
    let last = seq;
    // Behind a hole that pub/sub left, the log must be read once more.
    for (const numbered of held) {
      if (numbered.epoch !== epoch || numbered.message.seq <= last) continue;
      if (numbered.message.seq > ++last) {
        this.incomplete = true;
        break;
      }
      all.push(numbered);
    }
    this.#expected = { seq, version };
    this.#position ??= { epoch, seq, mac };
    if (this.#position.epoch !== epoch) {
      // The end of the log that is gone may have come while the next one was read.
      for (const numbered of held) this.#deliver(numbered);
      this.#skipTo({ epoch, seq: base, mac: "" });
    }
    for (const numbered of all) {
      const before = numbered.message.seq - 1;
      if (before > this.#position.seq) this.#skipTo({ epoch, seq: before, mac: "" });
      this.#deliver(numbered);
    }
    if (this.#position.seq < seq) this.#skipTo({ epoch, seq, mac });
    const members = [...this.#roster].map(([id, { name }]) => ({ id, name }));
    return {
      epoch: this.#position.epoch,
      seq: this.#position.seq,
      messages: all.map(({ message }) => message),
      members,
    };
  }

  #replaceRoster(roster: ReadonlyMap<string, RosterEntry>, version: number): void {
    const before = this.#roster;
    this.#roster = new Map(roster);
    this.#rosterVersion = version;
    for (const channel of this.channels) {
      for (const id of before.keys()) if (!roster.has(id)) channel.presence(id, undefined);
      for (const [id, { name }] of roster) {
        if (before.get(id)?.name !== name) channel.presence(id, name);
      }
    }
  }

  #deliver({ epoch, message, mac }: Numbered): boolean {
    const position = this.#position;
    if (position?.epoch !== epoch || message.seq > position.seq + 1) return false;
    if (message.seq <= position.seq) return true;
    this.#position = { epoch, seq: message.seq, mac };
    for (const channel of this.channels) channel.message(message);
    return true;
  }

  #skipTo(position: Followed): void {
    this.#position = position;
    const { epoch, seq } = position;
    for (const channel of this.channels) channel.gap({ epoch, seq });
  }
}
