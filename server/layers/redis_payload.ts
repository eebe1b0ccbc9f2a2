import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { decode, encode } from "@msgpack/msgpack";
import type { GroupMessage, LoggedMessage } from "./channel_layer.ts";

/**
 * What travels on Redis: the MessagePack maps of channels_redis' `RedisPubSubChannelLayer`, so that
 * a Django Channels consumer with a `chat_message` handler understands them, with our own keys
 * beside `type` and `message`.
 */
export interface Payload {
  /** The map's header byte, counting the entries that the script adds: `seq`, `epoch`, `mac`. */
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
    header: Buffer.of(bytes[0]! + 3),
    entries: Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1),
  };
}

/** A marker on a group's events channel: a moment that all its subscribers see in the same place. */
export function encodeMarker(id: string): Buffer {
  return Buffer.from(encode({ type: "parley.marker", id }));
}

/** The entry `mac` at the payload's end: key, header of a string of 40 bytes, and those. */
const MAC_KEY_LENGTH = 6;
const MAC_LENGTH = 40;

/**
 * Whether the numbered payload was signed with one of the secrets, as `SEND` does: SHA-1 of what
 * comes before the entry `mac`, and the secret, in hexadecimal.
 */
export function isSigned(payload: Uint8Array, secrets: readonly string[]): boolean {
  const signed = payload.subarray(0, -(MAC_KEY_LENGTH + MAC_LENGTH));
  const mac = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    .toString("latin1", payload.byteLength - MAC_LENGTH);
  return secrets.some((secret) =>
    createHash("sha1").update(signed).update(secret).digest("hex") === mac
  );
}

/** That a member is typing, for the events channel. */
export function encodeTyping(id: string): Buffer {
  return Buffer.from(encode({ type: "parley.typing", id }));
}

/** A message with the epoch it was numbered in. */
export interface Numbered {
  /** The log that the number belongs to. */
  readonly epoch: string;
  /** The message. */
  readonly message: LoggedMessage;
  /** What it was signed with; "" if that is not known. */
  readonly mac: string;
}

/** What came in on a group's channels. */
export type Received =
  | ({ readonly kind: "logged" } & Numbered)
  /** From a node of another kind: without a number. */
  | { readonly kind: "foreign"; readonly message: string }
  | { readonly kind: "marker"; readonly id: string }
  | { readonly kind: "typing"; readonly id: string }
  | { readonly kind: "member"; readonly change: RosterChange };

/** A change of a group's roster. */
export interface RosterChange {
  /** The member's id. */
  readonly id: string;
  /** The nodes on whose behalf it is there, with commas between. */
  readonly nodes: string;
  /** The member's name; missing when it left. */
  readonly name: string | undefined;
  /** The roster's version before the change. */
  readonly before: number;
  /** The roster's version after it. */
  readonly version: number;
}

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
  if (map.type === "parley.typing") {
    return typeof map.id === "string" ? { kind: "typing", id: map.id } : undefined;
  }
  if (map.type === "parley.member") return decodeMember(map);
  if (map.type !== "chat.message" && map.type !== "chat_message") return undefined;
  if (typeof map.message !== "string") return undefined;
  const seq = Number(map.seq);
  if (typeof map.epoch !== "string" || !Number.isSafeInteger(seq) || seq < 1) {
    return { kind: "foreign", message: map.message };
  }
  return {
    kind: "logged",
    epoch: map.epoch,
    mac: typeof map.mac === "string" ? map.mac : "",
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

function decodeMember(map: Record<string, unknown>): Received | undefined {
  const { id, nodes, name } = map;
  const [before, version] = [Number(map.before), Number(map.version)];
  if (typeof id !== "string" || typeof nodes !== "string") return undefined;
  if (name !== false && typeof name !== "string") return undefined;
  if (!Number.isSafeInteger(before) || !Number.isSafeInteger(version)) return undefined;
  return {
    kind: "member",
    change: { id, nodes, name: name === false ? undefined : name, before, version },
  };
}
