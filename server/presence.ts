import { getLogger } from "@logtape/logtape";
import { type ChannelLayer, LayerUnavailableError } from "./layers/channel_layer.ts";
import { nameCandidates } from "./member_name.ts";

const logger = getLogger(["parley", "presence"]);

/** Who comes back within this time has neither left nor joined, in milliseconds. */
const GRACE = 5_000;

/** How long to wait before the layer is asked again, in milliseconds. */
const RETRY_DELAY = 1_000;

interface LocalMember {
  /** The one that it has, or is to be given. */
  name: string;
  /** Whether the layer has told its name since it was last asked for one. */
  told: boolean;
  /** What is under way for it at the layer, one step after the other. */
  turn: Promise<void>;
  /** How many connections this member has on this node. */
  connections: number;
  /** Since when there is none, on `performance.now`'s clock. */
  leftAt: number;
}

/**
 * The members of one room that this node answers for: puts them into the group's roster, takes them
 * out some time after they left, and puts them back should the layer lose them.
 */
export class Presence {
  readonly #layer: ChannelLayer;
  readonly #group: string;
  readonly #onEmpty: () => void;
  readonly #onGone: (id: string) => void;
  readonly #members = new Map<string, LocalMember>();
  /** Who left and may come back, in the order of leaving. */
  readonly #leaving = new Set<string>();
  /** Who could not be put into the roster, or taken out of it, yet. */
  readonly #late = new Set<string>();
  /** Whom the layer has lost: the room was not told, since they are to be put back. */
  readonly #lost = new Set<string>();
  #leaveTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /**
   * `onEmpty`: nobody is left to answer for; `onGone`: the member has gone, and the layer says nothing
   * of it, since it had lost that member before.
   */
  constructor(
    layer: ChannelLayer,
    group: string,
    onEmpty: () => void,
    onGone: (id: string) => void,
  ) {
    this.#layer = layer;
    this.#group = group;
    this.#onEmpty = onEmpty;
    this.#onGone = onGone;
  }

  /** Whether there is nobody to answer for: nobody here, who may come back, or who is to go yet. */
  get empty(): boolean {
    return this.#members.size === 0 && this.#late.size === 0;
  }

  /** The name of a member that has entered. */
  nameOf(id: string): string {
    return this.#members.get(id)?.name ?? "";
  }

  /**
   * Whether the layer has still to take the member in, or out: until then it may have a name here that
   * is somebody else's.
   */
  isLate(id: string): boolean {
    return this.#late.has(id);
  }

  /**
   * A connection of the member has come. It gets the wanted name, or the next one that is free; if it
   * is here already and the wanted name is not free, it keeps the one that it has. With the layer
   * away it is put into the roster later.
   */
  async enter(id: string, wanted: string | undefined): Promise<void> {
    let member = this.#members.get(id);
    const isNew = member === undefined;
    if (member === undefined) {
      member = {
        name: wanted ?? "",
        told: false,
        turn: Promise.resolve(),
        connections: 0,
        leftAt: -Infinity,
      };
      this.#members.set(id, member);
    }
    member.connections++;
    this.#leaving.delete(id);
    if (isNew) this.#claim(id, member);
    await member.turn;
    if (!isNew && wanted !== undefined && wanted !== member.name) {
      await this.rename(id, wanted).catch((error) => {
        if (!(error instanceof LayerUnavailableError)) throw error;
      });
    }
  }

  /** A connection of the member has gone; without `grace` nobody can come back in its place. */
  leave(id: string, grace: boolean): void {
    const member = this.#members.get(id);
    if (member === undefined || --member.connections > 0 || this.#closed) return;
    if (!grace) return this.#discard(id);
    member.leftAt = performance.now();
    this.#leaving.add(id);
    this.#leaveTimer ??= setTimeout(this.#leaveLate, GRACE);
  }

  /**
   * Gives the member another name, after what is under way for it. Resolves to false when it
   * is taken, or the member has gone.
   *
   * @throws {LayerUnavailableError}
   */
  async rename(id: string, name: string): Promise<boolean> {
    const member = this.#members.get(id);
    if (member === undefined) return false;
    const renamed = member.turn.then(() => this.#rename(id, member, name));
    member.turn = renamed.then(() => {}, () => {});
    return await renamed;
  }

  /**
   * What the layer says of the member. If it is ours and gone, it is put back: returns true, since
   * that is nobody's news, unless it leaves before.
   */
  heard(id: string, name: string | undefined): boolean {
    this.#lost.delete(id);
    const member = this.#members.get(id);
    if (member === undefined || this.#closed) return false;
    if (name !== undefined) {
      member.name = name;
      member.told = true;
      return false;
    }
    this.#late.add(id);
    this.#lost.add(id);
    this.#claim(id, member);
    return true;
  }

  /** Stops everything; the members stay in the roster until the layer finds this node gone. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#leaveTimer);
    clearTimeout(this.#retryTimer);
    this.#leaveTimer = this.#retryTimer = undefined;
  }

  /** Has the member put into the roster, after what is under way for it. */
  #claim(id: string, member: LocalMember): void {
    member.turn = member.turn.then(() => this.#putIn(id, member))
      .catch((error) => logger.error("Cannot put a member into the roster: {error}", { error }));
  }

  async #putIn(id: string, member: LocalMember): Promise<void> {
    for (const name of nameCandidates(member.name || undefined)) {
      member.told = false;
      const claimed = await this.#layer.rosterSet(this.#group, { id, name })
        .catch((error) => this.#retryLater(id, error));
      if (claimed === false) continue;
      // Who left meanwhile must not stay behind in the roster.
      if (this.#members.get(id) !== member) return await this.#takeOut(id);
      this.#setName(member, name);
      if (claimed === true) this.#late.delete(id);
      return;
    }
  }

  async #rename(id: string, member: LocalMember, name: string): Promise<boolean> {
    // Who left meanwhile must not come into the roster again.
    if (this.#members.get(id) !== member) return false;
    member.told = false;
    const done = await this.#layer.rosterSet(this.#group, { id, name });
    if (done) this.#setName(member, name);
    return done;
  }

  /** What the layer told of it meanwhile is newer: all hear of renames in one order. */
  #setName(member: LocalMember, name: string): void {
    if (!member.told) member.name = name;
  }

  #discard(id: string): void {
    const member = this.#members.get(id);
    this.#members.delete(id);
    this.#leaving.delete(id);
    // Until it is out, this node answers for it.
    this.#late.add(id);
    this.#takeOutAfter(member?.turn ?? Promise.resolve(), id);
  }

  #takeOutAfter(turn: Promise<void>, id: string): void {
    turn.then(() => this.#takeOut(id))
      .catch((error) => logger.error("Cannot take a member out of the roster: {error}", { error }));
  }

  async #takeOut(id: string): Promise<void> {
    // Who came back has been claimed anew; while it was taken out, by what the layer said.
    if (this.#members.has(id)) return;
    try {
      await this.#layer.rosterDiscard(this.#group, id);
    } catch (error) {
      return this.#retryLater(id, error);
    }
    if (this.#members.has(id)) return;
    this.#late.delete(id);
    if (this.#lost.delete(id)) this.#onGone(id);
    if (this.empty) this.#onEmpty();
  }

  #retryLater(id: string, error: unknown): void {
    if (!(error instanceof LayerUnavailableError)) {
      this.#late.delete(id);
      throw error;
    }
    this.#late.add(id);
    if (!this.#closed) this.#retryTimer ??= setTimeout(this.#retry, RETRY_DELAY);
  }

  readonly #leaveLate = () => {
    this.#leaveTimer = undefined;
    const now = performance.now();
    for (const id of this.#leaving) {
      const rest = this.#members.get(id)!.leftAt + GRACE - now;
      if (rest > 0) {
        this.#leaveTimer = setTimeout(this.#leaveLate, rest);
        return;
      }
      this.#discard(id);
    }
  };

  readonly #retry = () => {
    this.#retryTimer = undefined;
    for (const id of [...this.#late]) {
      const member = this.#members.get(id);
      if (member === undefined) this.#takeOutAfter(Promise.resolve(), id);
      else this.#claim(id, member);
    }
  };
}
