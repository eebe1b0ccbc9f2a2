import { createHash } from "node:crypto";

/** The most code points a room's name may have. */
export const ROOM_NAME_LENGTH = 100;

/** Why no room can have a name; `encoding`: it does not come out of its address. */
export type RoomNameProblem =
  | "empty"
  | "malformed"
  | "control_character"
  | "dots"
  | "too_long"
  | "encoding";

/** Thrown for a name that no room can have; the message says why, ready to be shown. */
export class RoomNameError extends Error {
  /** The class. */
  override readonly name = "RoomNameError";

  /** `problem` is for those who say it in their own words. */
  constructor(readonly problem: RoomNameProblem, message: string) {
    super(message);
  }
}

/**
 * The room's name in its one normal form (NFC), so that two ways to type the same text are one room.
 *
 * @throws {RoomNameError} for anything but 1 to 100 code points without control characters.
 */
export function roomName(text: string): string {
  const name = text.normalize("NFC");
  if (name === "") throw new RoomNameError("empty", "A room needs a name");
  if (!name.isWellFormed()) {
    throw new RoomNameError("malformed", "A room's name must be valid Unicode");
  }
  if (/\p{Cc}/u.test(name)) {
    throw new RoomNameError(
      "control_character",
      "A room's name must not contain control characters",
    );
  }
  // URLs resolve these two as directory steps before any server sees them.
  if (name === "." || name === "..") {
    throw new RoomNameError(
      "dots",
      `A room cannot be called "${name}": an address cannot carry that name`,
    );
  }
  const length = name.length <= ROOM_NAME_LENGTH ? name.length : [...name].length;
  if (length > ROOM_NAME_LENGTH) {
    throw new RoomNameError(
      "too_long",
      `A room's name has at most ${ROOM_NAME_LENGTH} characters; this one has ${length}`,
    );
  }
  return name;
}

/**
 * The room's name from a path segment of a URL, percent-decoded.
 *
 * @throws {RoomNameError} for a name that no room can have, and for broken percent-encoding.
 */
export function roomNameFromPath(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw new RoomNameError(
      "encoding",
      "The room's name in this address is not valid percent-encoded UTF-8",
    );
  }
  return roomName(text);
}

/**
 * The Channels group of a room: `chat_<room>` where that is a legal group name
 * (`^[a-zA-Z0-9\-_.]+$`, under 100 characters), so that a Django Channels node meets us there;
 * otherwise `chat_x<first 40 hex digits of the name's SHA-256>`. No two rooms share a group: a
 * room whose own name looks like such a digest is digested too.
 */
export function groupName(room: string): string {
  if (/^[a-zA-Z0-9\-_.]{1,94}$/.test(room) && !/^x[0-9a-f]{40}$/.test(room)) return `chat_${room}`;
  return `chat_x${createHash("sha256").update(room).digest("hex").slice(0, 40)}`;
}
