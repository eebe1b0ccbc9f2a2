import { PATIENCE, within } from "./within.ts";

/** What a process writes to one of its streams, line by line; the stream is always being read. */
export class ProcessLines {
  /** The lines so far, without their ends. */
  readonly all: string[] = [];
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  #over = false;
  #wake = Promise.withResolvers<void>();
  #name: string;

  /** @param name what the stream is called in an error, as in "stderr of parley" */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, name: string) {
    this.#name = name;
    this.ended = this.#read(stream);
  }

  /**
   * The first line, of those so far and those to come, that matches.
   *
   * @param from the index in `all` to begin at, to hear only what is new
   * @throws {Error} when the stream ends, or the time is over, before it came
   */
  waitFor(pattern: RegExp, { from = 0, milliseconds = PATIENCE } = {}): Promise<string> {
    const search = async () => {
      for (let at = from;; at++) {
        while (at >= this.all.length) {
          if (this.#over) throw new Error(`Cannot find ${pattern} in the ${this}`);
          await this.#wake.promise;
        }
        const line = this.all[at]!;
        if (pattern.test(line)) return line;
      }
    };
    return within(search(), () => `${pattern} in the ${this}`, milliseconds);
  }

  toString(): string {
    return `${this.#name}:\n${this.all.map((line) => `  ${line}\n`).join("")}`;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop()!;
      this.#add(lines);
    }
    this.#over = true;
    this.#add(rest === "" ? [] : [rest]);
  }

  #add(lines: string[]): void {
    this.all.push(...lines);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
