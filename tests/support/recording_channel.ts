import type { Channel, LoggedMessage, Position } from "../../server/layers/channel_layer.ts";
import { within } from "./within.ts";

/** A channel that keeps what it was given, and tells when it has enough. */
export class RecordingChannel implements Channel {
  /** The messages, in the order in which they came. */
  readonly messages: LoggedMessage[] = [];
  /** The gaps, each with the number of messages that came before it. */
  readonly gaps: (Position & { readonly at: number })[] = [];
  /** The changes of the roster: id, and name or `undefined`. */
  readonly roster: [id: string, name: string | undefined][] = [];
  /** Who was typing. */
  readonly typed: string[] = [];
  #wake = Promise.withResolvers<void>();

  message(message: LoggedMessage): void {
    this.messages.push(message);
    this.#signal();
  }

  gap(position: Position): void {
    this.gaps.push({ ...position, at: this.messages.length });
    this.#signal();
  }

  presence(id: string, name: string | undefined): void {
    this.roster.push([id, name]);
    this.#signal();
  }

  typing(id: string): void {
    this.typed.push(id);
    this.#signal();
  }

  /** The texts, in the order in which they came. */
  get texts(): string[] {
    return this.messages.map(({ message }) => message);
  }

  /** Resolves when the channel was given so many messages. */
  count(messages: number): Promise<void> {
    return this.until(() => this.messages.length >= messages, `${messages} messages`);
  }

  /** Resolves when the channel was given a message with that text. */
  text(text: string): Promise<void> {
    return this.until(() => this.texts.includes(text), `the message "${text}"`);
  }

  /** Resolves when the condition holds; it is looked at whenever something comes. */
  until(condition: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      while (!condition()) await this.#wake.promise;
    };
    return within(wait(), what);
  }

  #signal(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
