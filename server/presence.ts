import { type ChannelLayer, LayerUnavailableError } from "./layers/channel_layer.ts";
import { nameCandidates } from "./member_name.ts";

/** Who comes back within this time has neither left nor joined, in milliseconds. */
const GRACE = 5_000;

/** How long to wait before the layer is asked again, in milliseconds. */
const RETRY_DELAY = 1_000;

interface Present {
  name: string;
  /** Resolves when it has its name. */
  entered: Promise<void>;
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
  readonly #onChange: (id: string, name: string | undefined) => void;
  readonly #onEmpty: () => void;
  readonly #present = new Map<string, Present>();
  /** Who left and may come back, in the order of leaving. */
  readonly #leaving = new Set<string>();
  /** Who could not be put into the roster, or taken out of it, yet. */
  readonly #late = new Set<string>();
  #leaveTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** `onChange`: a member has that name now, or is gone. `onEmpty`: nobody is left to answer for. */
  constructor(
    layer: ChannelLayer,
    group: string,
    onChange: (id: string, name: string | undefined) => void,
    onEmpty: () => void,
  ) {
    this.#layer = layer;
    this.#group = group;
    this.#onChange = onChange;
    this.#onEmpty = onEmpty;
  }

  /** How many members this node answers for, those included who may come back. */
  get size(): number {
    return this.#present.size;
  }

  /** The name of a member that has entered. */
  nameOf(id: string): string {
    return this.#present.get(id)?.name ?? "";
  }

  /**
   * A connection of the member has come. It gets the wanted name, or the next one that is free; if it
   * is here already, it keeps the name that it has. With the layer away it is put into the roster
   * later.
   */
  async enter(id: string, wanted: string | undefined): Promise<void> {
    let present = this.#present.get(id);
    if (present === undefined) {
      present = { name: wanted ?? "", entered: Promise.resolve(), connections: 0, leftAt: 0 };
      this.#present.set(id, present);
      present.entered = this.#claim(id, present, wanted);
    }
    present.connections++;
    this.#leaving.delete(id);
    await present.entered;
  }

  /** A connection of the member has gone; without `grace` nobody can come back in its place. */
  leave(id: string, grace: boolean): void {
    const present = this.#present.get(id);
    if (present === undefined || --present.connections > 0) return;
    if (!grace) return this.#discard(id);
    present.leftAt = performance.now();
    this.#leaving.add(id);
    this.#leaveTimer ??= setTimeout(this.#leaveLate, GRACE);
  }

  /**
   * Gives the member another name. Resolves to false when it is taken.
   *
   * @throws {LayerUnavailableError}
   */
  async rename(id: string, name: string): Promise<boolean> {
    const present = this.#present.get(id);
    if (present === undefined) return false;
    if (!await this.#layer.rosterSet(this.#group, { id, name })) return false;
    present.name = name;
    this.#onChange(id, name);
    return true;
  }

  /** What the layer says of the member: if it is ours and gone, it is put back. */
  heard(id: string, name: string | undefined): void {
    const present = this.#present.get(id);
    if (present === undefined) return;
    if (name === undefined) this.#claim(id, present, present.name);
    else present.name = name;
  }

  /** Stops all timers; the members stay in the roster until the layer finds this node gone. */
  close(): void {
    clearTimeout(this.#leaveTimer);
    clearTimeout(this.#retryTimer);
    this.#leaveTimer = this.#retryTimer = undefined;
  }

  async #claim(id: string, present: Present, wanted: string | undefined): Promise<void> {
    this.#late.delete(id);
    for (const name of nameCandidates(wanted || undefined)) {
      try {
        if (!await this.#layer.rosterSet(this.#group, { id, name })) continue;
      } catch (error) {
        this.#retryLater(id, error);
      }
      // Who left meanwhile must not stay behind in the roster.
      if (this.#present.get(id) !== present) return this.#takeOut(id);
      present.name = name;
      this.#onChange(id, name);
      return;
    }
  }

  #discard(id: string): void {
    this.#present.delete(id);
    this.#leaving.delete(id);
    this.#takeOut(id);
    if (this.#present.size === 0) this.#onEmpty();
  }

  #takeOut(id: string): void {
    this.#late.delete(id);
    this.#layer.rosterDiscard(this.#group, id).catch((error) => this.#retryLater(id, error));
  }

  #retryLater(id: string, error: unknown): void {
    if (!(error instanceof LayerUnavailableError)) throw error;
    this.#late.add(id);
    this.#retryTimer ??= setTimeout(this.#retry, RETRY_DELAY);
  }

  readonly #leaveLate = () => {
    this.#leaveTimer = undefined;
    const now = performance.now();
    for (const id of this.#leaving) {
      const rest = this.#present.get(id)!.leftAt + GRACE - now;
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
      const present = this.#present.get(id);
      if (present === undefined) this.#takeOut(id);
      else this.#claim(id, present, present.name);
    }
  };
}
