import { encodePlainMessage } from "./protocol.ts";

/** So much is kept at the most, in UTF-16 units. */
const MOST_LENGTH = 256 * 1024;

/**
 * Lines of the log as plain members get them: each is made once for all of them who are behind,
 * though they are at different places.
 */
export class PlainTexts {
  readonly #texts = new Map<number, string>();
  #length = 0;

  /** The text of the line with that number. */
  get(seq: number, line: string): string {
    let text = this.#texts.get(seq);
    if (text === undefined) {
      text = encodePlainMessage(JSON.parse(line).message);
      if (this.#length > MOST_LENGTH) this.clear();
      this.#texts.set(seq, text);
      this.#length += text.length;
    }
    return text;
  }

  /** Keeps none: nobody is behind, or the numbers begin anew. */
  clear(): void {
    if (this.#length === 0) return;
    this.#texts.clear();
    this.#length = 0;
  }
}
