import { Parley, type ParleyOptions, type Refusal } from "../../static/client.js";
import type { ChatSocket } from "../support/chat_socket.ts";
import type { Ledger, View } from "./ledger.ts";

/** A client as users run it, `static/client.js`, and the record of all that it showed. */
export class Chatter {
  readonly parley: Parley;
  readonly view: View;
  /** Temporary refusals of its messages. */
  readonly refusals: Refusal[] = [];
  /** What else it was refused, or could not read. */
  readonly errors: Refusal[] = [];
  /** When it last heard a message, and when its own, on `performance.now`'s clock. */
  heardAt = -Infinity;
  acknowledgedAt = -Infinity;
  /** The longest time between a cut and the next welcome, in milliseconds, since it was set to 0. */
  longestOutage = 0;
  /** Told of each message as it is shown. */
  onMessage: ((text: string) => void) | undefined;
  readonly #ledger: Ledger;
  #cutAt: number | undefined;

  constructor(
    ledger: Ledger,
    name: string,
    address: string,
    room: string,
    options: ParleyOptions = {},
  ) {
    this.#ledger = ledger;
    this.view = ledger.view(name);
    this.parley = new Parley(address, room, { name, ...options });
    this.#listen();
    this.parley.connect();
  }

  /** Says something that nobody has said before. */
  say(text: string): void {
    this.#ledger.say(text);
    this.parley.send(text);
  }

  /** Whether it is in the room, and all that it said was answered. */
  get settled(): boolean {
    return this.parley.state === "open" && this.parley.outbox.length === 0;
  }

  /** For how long it has been out of the room, in milliseconds; 0 when it is in. */
  get out(): number {
    return this.#cutAt === undefined ? 0 : performance.now() - this.#cutAt;
  }

  /** Leaves for good. */
  async leave(): Promise<void> {
    this.view.leave();
    await this.parley.close();
  }

  #listen(): void {
    const { parley, view } = this;
    parley.addEventListener("welcome", ({ detail }) => view.welcome(detail.epoch, detail.seq));
    parley.addEventListener("message", ({ detail: { message, epoch, seq, own } }) => {
      this.heardAt = performance.now();
      if (own) this.acknowledgedAt = this.heardAt;
      view.show(message, epoch!, seq!, own);
      this.onMessage?.(message);
    });
    parley.addEventListener("repeat", ({ detail: { message, epoch, seq } }) => {
      view.repeat(message, epoch, seq);
    });
    parley.addEventListener("gap", ({ detail }) => view.gap(detail.epoch, detail.seq));
    parley.addEventListener("refused", ({ detail }) => {
      if (detail.error) this.refusals.push(detail.error);
    });
    parley.addEventListener("failed", ({ detail }) => {
      this.errors.push(detail.error!);
      this.#ledger.withdraw(detail.message);
    });
    parley.addEventListener("error", ({ detail }) => this.errors.push(detail));
    parley.addEventListener("state", ({ detail: { state } }) => {
      if (state === "waiting") this.#cutAt ??= performance.now();
      if (state !== "open" || this.#cutAt === undefined) return;
      this.longestOutage = Math.max(this.longestOutage, this.out);
      this.#cutAt = undefined;
    });
  }
}

/** The texts that a plain client, which knows no numbers and no gaps, has shown since it connected. */
export class Listener {
  readonly texts: string[] = [];
  readonly socket: ChatSocket;

  constructor(socket: ChatSocket) {
    this.socket = socket;
    const queued = socket.socket.onmessage!;
    socket.socket.onmessage = (event) => {
      queued.call(socket.socket, event);
      for (const { message } of socket.waiting.splice(0)) this.texts.push(message);
    };
  }

  /** Compares with what a client that has everything showed: says what is missing, doubled, or in another order. */
  compare(order: readonly string[]): string[] {
    const first = order.indexOf(this.texts[0]!);
    const due = first < 0 ? [] : order.slice(first);
    const complaints: string[] = [];
    for (let at = 0; at < Math.max(due.length, this.texts.length); at++) {
      if (this.texts[at] === due[at]) continue;
      complaints.push(`a plain client has "${this.texts[at]}" where others have "${due[at]}"`);
      break;
    }
    return complaints;
  }
}
