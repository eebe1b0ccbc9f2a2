import { encodePlainMessage } from "./protocol.ts";

/** A frame is full when it is this long, in UTF-16 units. */
const FRAME_LENGTH = 64 * 1024;

/** A message as a room keeps it. */
export interface Entry {
  /** Its number. */
  readonly seq: number;
  /** What it counts against the history's limit. */
  readonly bytes: number;
  /** The message's text. */
  readonly text: string;
  /** The message as `parley.v1` clients get it. */
  readonly line: string;
}

/** What one frame carries. */
export interface Frame {
  /** The frame's payload. */
  readonly text: string;
  /** The number of its last message. */
  readonly last: number;
}

/** The frame for plain members: one message. */
export function plainFrame(entry: Entry): Frame {
  return { text: encodePlainMessage(entry.text), last: entry.seq };
}

/** The frames for all others: as few as will do. */
export function lineFrames(entries: Iterable<Entry>): Frame[] {
  const frames: Frame[] = [];
  let lines: string[] = [];
  let length = 0;
  let last = 0;
  const end = () => {
    frames.push({ text: lines.length === 1 ? lines[0]! : lines.join("\n"), last });
    lines = [];
    length = 0;
  };
  for (const { line, seq } of entries) {
    if (length >= FRAME_LENGTH) end();
    lines.push(line);
    length += line.length + 1;
    last = seq;
  }
  if (lines.length > 0) end();
  return frames;
}

/** The first of {@linkcode lineFrames}, without making the others. */
export function firstLineFrame(entries: Iterable<Entry>): Frame {
  const some: Entry[] = [];
  let length = 0;
  for (const entry of entries) {
    if (length >= FRAME_LENGTH) break;
    some.push(entry);
    length += entry.line.length + 1;
  }
  return lineFrames(some)[0]!;
}
