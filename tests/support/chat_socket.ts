import { within } from "./within.ts";

/** How to open a {@linkcode ChatSocket}. */
export interface ChatSocketOptions {
  /** The subprotocol to ask for, as in `"parley.v1"`. */
  protocol?: string;
  /** Headers of the handshake, as in `{ Origin: "https://elsewhere.example" }`. */
  headers?: Record<string, string>;
}

/** What the server sent: one JSON object, its fields not yet checked. */
// deno-lint-ignore no-explicit-any
export type Frame = Record<string, any>;

/** Deno's constructor: that of the DOM, whose types some programs bring in, knows no headers. */
type DenoWebSocket = new (
  url: string,
  options: { headers: Record<string, string>; protocols: string[] },
) => WebSocket;

/** A WebSocket to a chat room whose incoming frames wait in a queue. */
export class ChatSocket implements AsyncDisposable {
  /** The platform's socket. */
  readonly socket: WebSocket;
  /** The frames that arrived and that `next` has not yet given out. */
  readonly waiting: Frame[] = [];
  #opened = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<{ code: number; reason: string }>();
  #wake = Promise.withResolvers<void>();
  #over = false;

  /** Begins to connect; {@linkcode ChatSocket.open} waits for it. */
  constructor(url: string, { protocol, headers = {} }: ChatSocketOptions = {}) {
    const protocols = protocol ? [protocol] : [];
    this.socket = new (WebSocket as unknown as DenoWebSocket)(url, { headers, protocols });
    this.#opened.promise.catch(() => {});
    this.socket.onopen = () => this.#opened.resolve();
    this.socket.onmessage = ({ data }) => {
      // one frame of parley.v1 holds one object a line; in a plain frame a line is all there is
      this.waiting.push(...String(data).split("\n").map((line) => JSON.parse(line)));
      this.#signal();
    };
    this.socket.onclose = ({ code, reason }) => {
      this.#over = true;
      this.#opened.reject(new Error(`Cannot open ${url}: it was closed with ${code}`));
      this.#closed.resolve({ code, reason });
      this.#signal();
    };
  }

  /** A socket that is open. */
  static async open(url: string, options: ChatSocketOptions = {}): Promise<ChatSocket> {
    const socket = new ChatSocket(url, options);
    await socket.opened;
    return socket;
  }

  /** Resolves when the connection is open; rejects when it ends before, or does not open in time. */
  get opened(): Promise<void> {
    return within(this.#opened.promise, `the WebSocket ${this.socket.url}`);
  }

  /** Resolves to the code of the end, the server's or our own; rejects when it does not end in time. */
  get closed(): Promise<{ code: number; reason: string }> {
    return within(this.#closed.promise, `the end of ${this.socket.url}`);
  }

  /**
   * The next object from the server.
   *
   * @throws {Error} when none comes in time or the connection ends first
   */
  next(milliseconds?: number): Promise<Frame> {
    const take = async () => {
      for (;;) {
        const frame = this.waiting.shift();
        if (frame) return frame;
        if (this.#over) throw new Error("Cannot take the next frame: the connection has ended");
        await this.#wake.promise;
      }
    };
    return within(take(), `a frame from ${this.socket.url}`, milliseconds);
  }

  /** The next object of that type; what comes before it is dropped. */
  async nextOf(type: string, milliseconds?: number): Promise<Frame> {
    for (;;) {
      const frame = await this.next(milliseconds);
      if (frame.type === type) return frame;
    }
  }

  /** The next object that has a message; what comes before it (welcome, presence) is dropped. */
  async nextMessage(): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (typeof frame.message === "string") return frame;
    }
  }

  /** The texts of the next so many messages, in their order. */
  async nextTexts(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push((await this.nextMessage()).message);
    return texts;
  }

  /** Sends an object as JSON. */
  send(frame: Frame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Sends text or bytes as they are. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  /** Says goodbye and waits for the server's answer. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #signal(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}
