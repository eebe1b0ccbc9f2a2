import { Buffer } from "node:buffer";
// @ts-types="../types/std_msgpack.d.ts"
import { decode, encode } from "@std/msgpack";
import type { GroupMessage, LoggedMessage } from "./channel_layer.ts";

/**
 * What travels on Redis: the MessagePack maps of channels_redis' `RedisPubSubChannelLayer`, so that
 * a Django Channels consumer with a `chat_message` handler understands them, with our own keys
 * beside `type` and `message`.
 */
export interface Payload {
  /** The map's header byte, counting the two entries that the script adds: `seq` and `epoch`. */
  readonly header: Buffer;
  /** All other entries. */
  readonly entries: Buffer;
}

/** The payload of a message that has no number yet. */
export function encodePayload(message: GroupMessage, at: number): Payload {
  const map: Record<string, string | number> = { type: "chat.message", message: message.message };
  if (message.from !== undefined) map.from = message.from;
  if (message.name !== undefined) map.name = message.name;
  if (message.ref !== undefined) map.ref = message.ref;
  map.at = at;
  const bytes = encode(map);
  // A map of up to 15 entries has a one-byte header: 0x80 + count.
  return {
    header: Buffer.of(bytes[0]! + 2),
    entries: Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1),
  };
}

/** A marker on a group's events channel: a moment that all its subscribers see in the same place. */
export function encodeMarker(id: string): Buffer {
  return Buffer.from(encode({ type: "parley.marker", id }));
}

/** What came in on a group's channels. */
export type Received =
  | { readonly kind: "logged"; readonly epoch: string; readonly message: LoggedMessage }
  /** From a node of another kind: without a number. */
  | { readonly kind: "foreign"; readonly message: string }
  | { readonly kind: "marker"; readonly id: string };

/** Reads a payload; `undefined` when it is none of ours and no Django chat message either. */
export function decodePayload(bytes: Uint8Array): Received | undefined {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const map = value as Record<string, unknown>;
  if (map.type === "parley.marker") {
    return typeof map.id === "string" ? { kind: "marker", id: map.id } : undefined;
  }
  if (map.type !== "chat.message" && map.type !== "chat_message") return undefined;
  if (typeof map.message !== "string") return undefined;
  const seq = Number(map.seq);
  if (typeof map.epoch !== "string" || !Number.isSafeInteger(seq) || seq < 1) {
    return { kind: "foreign", message: map.message };
  }
  return {
    kind: "logged",
    epoch: map.epoch,
    message: {
      seq,
      message: map.message,
      at: typeof map.at === "number" ? map.at : 0,
      ...(typeof map.from === "string" && { from: map.from }),
      ...(typeof map.name === "string" && { name: map.name }),
      ...(typeof map.ref === "string" && { ref: map.ref }),
    },
  };
}
