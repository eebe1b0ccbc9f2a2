import { Buffer } from "node:buffer";
import type { GroupMember } from "./layers/channel_layer.ts";
import { NAME_PROBLEMS, type NameProblem, nameProblem, tidyName } from "./member_name.ts";
import { MOST_BYTES_PER_UNIT } from "./utf8.ts";

/** The subprotocol with names, numbers, history and errors; without it a client is plain. */
export const SUBPROTOCOL = "parley.v1";

/** The most characters in a client's `ref`. */
const REF_LENGTH = 64;

/** Close codes, RFC 6455 section 7.4 and IANA's registry. */
export const Close = {
  goingAway: 1001,
  unsupportedData: 1003,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  tryAgainLater: 1013,
} as const;

/** Why something was refused. */
export type ErrorCode =
  | "bad_message"
  | "bad_name"
  | "bad_ref"
  | "name_taken"
  | NameProblem
  | "rate"
  | "too_big"
  | "unavailable"
  | "unknown_type";

/** A refusal as `parley.v1` clients hear it. */
export interface Refusal {
  /** Tells the frames apart. */
  readonly kind: "refusal";
  /** For programs. */
  readonly code: ErrorCode;
  /** For people. */
  readonly detail: string;
  /** The refused message's own mark. */
  readonly ref?: string;
  /** Milliseconds after which the same may be tried again; missing when that is of no use. */
  readonly retry?: number;
}

/** Something to be said. */
export interface Say {
  /** Tells the frames apart. */
  readonly kind: "say";
  /** The text, well-formed. */
  readonly message: string;
  /** The sender's own mark. */
  readonly ref?: string;
}

/** A wish for another name. */
export interface Rename {
  /** Tells the frames apart. */
  readonly kind: "rename";
  /** The name, tidy and fit. */
  readonly name: string;
  /** The sender's own mark. */
  readonly ref?: string;
}

/** That the client's user is typing. */
export interface Typing {
  /** Tells the frames apart. */
  readonly kind: "typing";
  /** The sender's own mark. */
  readonly ref?: string;
}

/** A question whether anybody is there. */
export interface Ping {
  /** Tells the frames apart. */
  readonly kind: "ping";
  /** The sender's own mark. */
  readonly ref?: string;
}

/** What a client's frame asks for. */
export type ClientFrame = Say | Rename | Typing | Ping | Refusal;

/** A `ref`, if there is one, for what answers its frame. */
export function refOf(ref: string | undefined): { readonly ref?: string } {
  return ref === undefined ? {} : { ref };
}

/** Reads a `parley.v1` client's frame. */
export function parseFrame(text: string): ClientFrame {
  const object = parseObject(text);
  if (object === undefined) return refusal("bad_message", "A frame must be one JSON object");
  const { type, ref } = object;
  if (ref !== undefined && !isRef(ref)) {
    return refusal("bad_ref", `"ref" must be a string of 1 to ${REF_LENGTH} characters`);
  }
  switch (type) {
    case undefined:
    case "message":
      return say(object, ref) ?? refusal("bad_message", '"message" must be a string', ref);
    case "name":
      return rename(object, ref);
    case "typing":
    case "ping":
      return { kind: type, ...refOf(ref) };
    default:
      return refusal("unknown_type", `There is no type ${JSON.stringify(type).slice(0, 64)}`, ref);
  }
}

/** Reads a plain client's frame: `message` is all that counts. */
export function parsePlainFrame(text: string): Say | Refusal {
  const object = parseObject(text);
  return (object && say(object)) ??
    refusal("bad_message", 'A frame must be a JSON object with a string "message"');
}

/** Whether the text has more than `limit` bytes as UTF-8; a limit of 0 is none. */
export function isTooBig(text: string, limit: number): boolean {
  // Most texts need no counting.
  return limit > 0 && text.length * MOST_BYTES_PER_UNIT > limit && Buffer.byteLength(text) > limit;
}

/** A message as plain clients hear it. */
export function encodePlainMessage(message: string): string {
  return JSON.stringify({ message });
}

/** A refusal as `parley.v1` clients hear it. */
export function encodeRefusal({ code, detail, ref, retry }: Refusal): string {
  return JSON.stringify({ type: "error", code, detail, ref, retry });
}

/** The answer to a {@linkcode Ping}. */
export const PONG = '{"type":"pong"}';

/** That messages were lost for good, up to the number `seq`. */
export function encodeGap(seq: number): string {
  return `{"type":"gap","seq":${seq}}`;
}

/** What a `parley.v1` client is told first. */
export interface Welcome {
  /** The room's name, in NFC. */
  readonly room: string;
  /** Who the client is, and its proof of that. */
  readonly you: { readonly id: string; readonly name: string; readonly token: string };
  /** The log that the numbers belong to. */
  readonly epoch: string;
  /** The client's position: what follows has higher numbers. */
  readonly seq: number;
  /** Whether messages between what the client had and what follows were lost for good. */
  readonly gap: boolean;
  /** Missing when they are too many to be told. */
  readonly members?: readonly GroupMember[] | undefined;
  /** How many members there are. */
  readonly count: number;
  /** What the client may send; 0: no limit. */
  readonly limits: {
    readonly message_bytes: number;
    readonly message_rate: number;
    readonly message_burst: number;
    readonly name_length: number;
  };
}

/** That a member came, went, or changed the name. */
export function encodePresence(type: "join" | "leave" | "name", id: string, name: string): string {
  return JSON.stringify({ type, id, name });
}

/** How many members there are. */
export function encodeCount(count: number): string {
  return `{"type":"count","count":${count}}`;
}

/** That a member is typing. */
export function encodeTyping(id: string): string {
  return JSON.stringify({ type: "typing", id });
}

/** The first frame for a `parley.v1` client. */
export function encodeWelcome(welcome: Welcome): string {
  return JSON.stringify({ type: "welcome", ...welcome });
}

function refusal(code: ErrorCode, detail: string, ref?: string): Refusal {
  return { kind: "refusal", code, detail, ...refOf(ref) };
}

function isRef(ref: unknown): ref is string {
  return typeof ref === "string" && ref !== "" && ref.length <= REF_LENGTH && ref.isWellFormed();
}

function rename({ name }: Record<string, unknown>, ref?: string): Rename | Refusal {
  if (typeof name !== "string") return refusal("bad_name", '"name" must be a string', ref);
  const tidy = tidyName(name);
  const problem = nameProblem(tidy);
  if (problem !== undefined) return refusal(problem, NAME_PROBLEMS[problem], ref);
  return { kind: "rename", name: tidy, ...refOf(ref) };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function say({ message }: Record<string, unknown>, ref?: string): Say | undefined {
  if (typeof message !== "string") return undefined;
  const text = portable(message);
  return ref === undefined ? { kind: "say", message: text } : { kind: "say", message: text, ref };
}

/**
 * What all kinds of nodes can be told: a lone surrogate has no UTF-8, and a byte order mark at the
 * beginning is no text to those who decode it.
 */
function portable(text: string): string {
  return (text.isWellFormed() ? text : text.toWellFormed()).replace(/^\uFEFF+/, "");
}
