import type { Connection } from "../../server/connection.ts";

const encoder = new TextEncoder();

/** A connection whose peer reads only when the test says so. */
export class RecordingConnection implements Connection {
  open = true;
  /** Whether what is sent stays in the socket's buffer. */
  stopped = false;
  bufferedAmount = 0;
  /** The frames that were sent. */
  readonly frames: string[] = [];
  /** The codes it was closed with. */
  readonly codes: number[] = [];

  buffersMoreThan(bytes: number): boolean {
    return this.bufferedAmount > bytes;
  }

  send(text: string): void {
    this.frames.push(text);
    if (this.stopped) this.bufferedAmount += encoder.encode(text).length;
  }

  close(code: number): void {
    this.codes.push(code);
    this.open = false;
  }

  /** The peer has read everything, and reads on. */
  read(): void {
    this.stopped = false;
    this.bufferedAmount = 0;
  }

  /** The objects that were sent, one a line. */
  // deno-lint-ignore no-explicit-any
  get objects(): any[] {
    return this.frames.flatMap((frame) => frame.split("\n").map((line) => JSON.parse(line)));
  }
}
