/** The digits at the beginning of a text: its number. */
export const DIGITS = 9;

const ZERO = 48;

/** The shortest text that has room for its number. */
export const SHORTEST = DIGITS + 1;

/** The frame of one numbered message, masked with zeros: legal, and no work for either side. */
export class NumberedFrame {
  /** The bytes of a whole frame. */
  readonly length: number;
  readonly #frame: Uint8Array;
  readonly #digits: number;

  /**
   * @param textBytes the length of the text, its number included
   * @param before what stands before the JSON object in the payload
   * @param after what stands behind it
   */
  constructor(textBytes: number, before = "", after = "") {
    const opening = `${before}{"message":"`;
    const filling = "x".repeat(textBytes - SHORTEST);
    const payload = new TextEncoder().encode(
      `${opening}${"0".repeat(DIGITS)} ${filling}"}${after}`,
    );
    this.#frame = textFrame(payload);
    this.length = this.#frame.length;
    this.#digits = this.length - payload.length + opening.length;
  }

  /** Writes the frame of the message with this number. */
  write(into: Uint8Array, at: number, number: number): void {
    into.set(this.#frame, at);
    let rest = number;
    for (let digit = at + this.#digits + DIGITS - 1; rest > 0; digit--) {
      into[digit] = ZERO + rest % 10;
      rest = Math.trunc(rest / 10);
    }
  }
}

/** A client's frame: text, or another kind by its opcode. */
export function textFrame(payload: Uint8Array, opcode = 1): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const size = length < 126
    ? [0x80 | length]
    : length < 65536
    ? [0x80 | 126, length >> 8, length & 255]
    : [0x80 | 127, 0, 0, 0, 0, length >>> 24, length >> 16 & 255, length >> 8 & 255, length & 255];
  const head = [0x80 | opcode, ...size, 0, 0, 0, 0];
  const frame = new Uint8Array(head.length + length);
  frame.set(head);
  frame.set(payload, head.length);
  return frame;
}

const KEY = new TextEncoder().encode(`"message":`);
const LAST = KEY.length - 1;
const COLON = KEY[LAST]!;
const QUOTE = 34;
const SPACE = 32;

/** How far the search may go on from a byte that is not the key's last: to the key's next place that has this byte. */
const STEPS = new Uint8Array(256).fill(KEY.length);
KEY.subarray(0, LAST).forEach((byte, index) => STEPS[byte] = LAST - index);

/**
 * Finds the numbers of all messages in a payload, one or many, in bytes: most bytes are stepped over (Horspool's
 * search), and none becomes a string.
 */
export class NumberFinder {
  /** The numbers of the last `find`, as many as it returned. */
  numbers = new Uint32Array(1024);
  readonly #textBytes: number;

  /** @param textBytes the length of each text */
  constructor(textBytes: number) {
    this.#textBytes = textBytes;
  }

  /** How many messages lie between these two places; a text without a number is none of ours. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let found = 0;
    let at = start + LAST;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte !== COLON || !isKey(bytes, at)) {
        at += byte === COLON ? KEY.length : STEPS[byte]!;
        continue;
      }
      at++;
      while (bytes[at] === SPACE || bytes[at] === QUOTE) at++;
      const number = numberAt(bytes, at, end);
      if (number < 0) continue;
      if (found === this.numbers.length) this.#grow();
      this.numbers[found++] = number;
      at += this.#textBytes + LAST;
    }
    return found;
  }

  #grow(): void {
    const more = new Uint32Array(this.numbers.length * 4);
    more.set(this.numbers);
    this.numbers = more;
  }
}

/** Whether the key ends here. */
function isKey(bytes: Uint8Array, end: number): boolean {
  for (let back = 1; back <= LAST; back++) {
    if (bytes[end - back] !== KEY[LAST - back]) return false;
  }
  return true;
}

/** The number that begins here, or -1. */
function numberAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + DIGITS > end) return -1;
  let number = 0;
  for (let index = at; index < at + DIGITS; index++) {
    const digit = bytes[index]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
