/** What a {@linkcode FrameReader} hands on: a frame whose payload is `bytes` from `start` to `end`, there for now only. */
export type OnFrame = (opcode: number, bytes: Uint8Array, start: number, end: number) => void;

/** Room for a handshake and for what a silent room sends; it grows for who hears more. */
const FIRST_SIZE = 2048;

/** Beyond this the buffer grows only for a frame that does not fit. */
const LARGE_SIZE = 262_144;

/** Room in which a frame's head always fits. */
const HEAD_SIZE = 10;

/**
 * Finds the frames of RFC 6455 in what a server sends, without copying a payload: reads go straight into its buffer,
 * and only the beginning of a frame whose rest is still to come is moved.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #bytes = new Uint8Array(FIRST_SIZE);
  #filled = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Where the next bytes belong. It is never empty. */
  get space(): Uint8Array<ArrayBuffer> {
    return this.#filled === 0 ? this.#bytes : this.#bytes.subarray(this.#filled);
  }

  /** Takes so many bytes, which are in `space` now, and hands on each frame that they complete. */
  take(count: number): void {
    const bytes = this.#bytes;
    const end = this.#filled + count;
    let at = 0;
    let wanted = 0;
    while (end - at >= 2) {
      let length = bytes[at + 1]! & 127;
      let head = 2;
      if (length === 126) {
        head = 4;
        if (end - at < head) break;
        length = bytes[at + 2]! << 8 | bytes[at + 3]!;
      } else if (length === 127) {
        head = 10;
        if (end - at < head) break;
        // no frame has 4 GiB: the upper four bytes are 0
        length = (bytes[at + 6]! * 2 ** 24) +
          (bytes[at + 7]! << 16 | bytes[at + 8]! << 8 | bytes[at + 9]!);
      }
      if (end - at < head + length) {
        wanted = head + length;
        break;
      }
      const next = at + head + length;
      this.#onFrame(bytes[at]! & 15, bytes, at + head, next);
      at = next;
    }
    this.#keep(at, end, wanted);
  }

  /** Keeps what lies from `at` to `end`, and makes room for a frame of `wanted` bytes. */
  #keep(at: number, end: number, wanted: number): void {
    const bytes = this.#bytes;
    const full = end === bytes.length;
    let size = full && bytes.length < LARGE_SIZE ? bytes.length * 4 : bytes.length;
    while (size < wanted + HEAD_SIZE) size *= 2;
    if (size > bytes.length) {
      this.#bytes = new Uint8Array(size);
      this.#bytes.set(bytes.subarray(at, end));
    } else if (at > 0 && at < end) {
      bytes.copyWithin(0, at, end);
    }
    this.#filled = end - at;
  }
}
