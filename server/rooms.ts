import type { FanOut } from "./fan_out.ts";
import type { ChannelLayer } from "./layers/channel_layer.ts";
import { groupName } from "./room_name.ts";
import { Room, type RoomLimits } from "./room.ts";

interface Entry {
  readonly room: Room;
  readonly loaded: Promise<void>;
  /** Who holds the room: members, and connections that are about to be. */
  holders: number;
}

/** The rooms that have members on this node. A room is in its layer's group as long as it is held. */
export class Rooms {
  readonly #layer: ChannelLayer;
  readonly #fanOut: FanOut;
  readonly #limits: RoomLimits;
  readonly #rooms = new Map<string, Entry>();

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
   * The room with that name, for the caller to hold until it calls {@linkcode release}.
   *
   * @throws {LayerUnavailableError} when nobody held it and the layer is away.
   */
  async hold(name: string): Promise<Room> {
    const group = groupName(name);
    let entry = this.#rooms.get(group);
    if (entry === undefined) {
      const room = new Room(this.#fanOut, this.#limits);
      const loaded = this.#layer.groupAdd(group, room).then((slice) => room.load(slice));
      entry = { room, loaded, holders: 0 };
      this.#rooms.set(group, entry);
    }
    entry.holders++;
    try {
      await entry.loaded;
    } catch (error) {
      this.release(name);
      throw error;
    }
    return entry.room;
  }

  /** Ends a hold; with the last one the room leaves its group. */
  release(name: string): void {
    const group = groupName(name);
    const entry = this.#rooms.get(group);
    if (entry === undefined || --entry.holders > 0) return;
    this.#rooms.delete(group);
    entry.room.close();
    this.#layer.groupDiscard(group, entry.room);
  }
}
