import type { Chatter } from "./chatter.ts";

/** How often messages are said, in milliseconds: those that are due by then go together. */
const INTERVAL = 10;

/** What a {@linkcode Load} is made of. */
export interface LoadOptions {
  /** Messages a second, from all chatters together. */
  rate: number;
  /** The least length of a text. @default 0 */
  length?: number;
  /** What chooses the chatter. */
  random: () => number;
  /** Told of each message before it is said. */
  onSay?: (text: string) => void;
}

let loads = 0;

/** Chatters that talk: at a steady rate, each text said once. */
export class Load implements Disposable {
  /** How many messages were said. */
  said = 0;
  readonly #chatters: readonly Chatter[];
  readonly #options: LoadOptions;
  readonly #name = `${++loads}`;
  readonly #began = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  /** Begins to talk; the chatters may become more and fewer. */
  constructor(chatters: readonly Chatter[], options: LoadOptions) {
    this.#chatters = chatters;
    this.#options = options;
    this.#timer = setInterval(() => this.#talk(), INTERVAL);
  }

  /** Falls silent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #talk(): void {
    const { rate, length = 0, random, onSay } = this.#options;
    const due = Math.floor((performance.now() - this.#began) / 1000 * rate);
    for (; this.said < due; this.said++) {
      const chatter = this.#chatters[Math.floor(random() * this.#chatters.length)]!;
      const text = `${this.#name}.${this.said} `.padEnd(length, "x");
      onSay?.(text);
      chatter.say(text);
    }
  }
}
