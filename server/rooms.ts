import type { FanOut } from "./fan_out.ts";
import type { ChannelLayer } from "./layers/channel_layer.ts";
import { Presence } from "./presence.ts";
import { groupName } from "./room_name.ts";
import { Room } from "./room.ts";
import type { RoomLimits } from "./room_log.ts";

/** A room that is held: see {@linkcode Rooms.hold}. */
export interface HeldRoom {
  /** Its log and members. */
  readonly room: Room;
  /** The members that this node answers for. */
  readonly presence: Presence;
  /** Ends the hold; with the last one the room leaves its group. Again: does nothing. */
  readonly release: () => void;
}

interface Entry {
  readonly room: Room;
  readonly presence: Presence;
  readonly loaded: Promise<void>;
  /** How many connections hold the room. */
  holders: number;
}

/** The rooms that have members on this node. A room is in its layer's group as long as it is held. */
export class Rooms {
  readonly #layer: ChannelLayer;
  readonly #fanOut: FanOut;
  readonly #limits: RoomLimits;
  readonly #rooms = new Map<string, Entry>();

  /** `limits`: for each room. */
  constructor(layer: ChannelLayer, fanOut: FanOut, limits: RoomLimits) {
    this.#layer = layer;
    this.#fanOut = fanOut;
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /**
   * The room with that name.
   *
   * @throws {LayerUnavailableError} when nobody held it and the layer is away.
   */
  async hold(name: string): Promise<HeldRoom> {
    const group = groupName(name);
    let entry = this.#rooms.get(group);
    if (entry === undefined) this.#rooms.set(group, entry = this.#open(group));
    const { room, presence, loaded } = entry;
    entry.holders++;
    let held = true;
    const release = () => {
      if (held) entry.holders--;
      held = false;
      this.#closeIfUnused(group, entry);
    };
    try {
      await loaded;
    } catch (error) {
      release();
      throw error;
    }
    return { room, presence, release };
  }

  /** Stops what the rooms have planned; the server is going away. */
  close(): void {
    for (const { room, presence } of this.#rooms.values()) {
      room.close();
      presence.close();
    }
  }

  #open(group: string): Entry {
    const presence = new Presence(
      this.#layer,
      group,
      () => this.#closeIfUnused(group, entry),
      (id) => room.presence(id, undefined),
    );
    const room = new Room(this.#fanOut, this.#limits, (id, name) => presence.heard(id, name));
    const loaded = this.#layer.groupAdd(group, room).then((state) => room.load(state));
    const entry: Entry = { room, presence, loaded, holders: 0 };
    return entry;
  }

  /** Members that may come back keep their room. */
  #closeIfUnused(group: string, entry: Entry): void {
    if (entry.holders > 0 || !entry.presence.empty) return;
    if (this.#rooms.get(group) !== entry) return;
    this.#rooms.delete(group);
    entry.room.close();
    entry.presence.close();
    this.#layer.groupDiscard(group, entry.room);
  }
}
