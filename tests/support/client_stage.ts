import { Parley, type ParleyEvents, type ParleyOptions, PROTOCOL } from "../../static/client.js";
import { within } from "./within.ts";

/** What goes over the wire, its fields not yet checked. */
// deno-lint-ignore no-explicit-any
export type Frame = Record<string, any>;

/** Values that come one by one and wait until they are taken. */
class Inbox<T> {
  #waiting: T[] = [];
  #wake = Promise.withResolvers<void>();

  put(value: T): void {
    this.#waiting.push(value);
    this.#wake.resolve();
  }

  /** Takes the next value for which `wanted` holds; what comes before it is dropped. */
  next(what: string, wanted: (value: T) => boolean = () => true): Promise<T> {
    const take = async () => {
      for (;;) {
        for (let value = this.#waiting.shift(); value !== undefined;) {
          if (wanted(value)) return value;
          value = this.#waiting.shift();
        }
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
    };
    return within(take(), what);
  }
}

/** The server's end of one connection. */
export class Peer {
  readonly frames = new Inbox<Frame>();
  readonly closed = Promise.withResolvers<number>();

  constructor(readonly url: URL, readonly protocol: string | null, readonly socket: WebSocket) {
    socket.onmessage = ({ data }) => this.frames.put(JSON.parse(data));
    socket.onclose = ({ code }) => this.closed.resolve(code);
  }

  /** Sends objects, or text as it is, in one frame. */
  send(...lines: (Frame | string)[]): void {
    const texts = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line));
    this.socket.send(texts.join("\n"));
  }

  welcome(more: Frame = {}): void {
    const you = { id: "me", name: "Guest 1", token: "secret" };
    const limits = { message_bytes: 100, message_rate: 0, message_burst: 0, name_length: 32 };
    const members = [{ id: "me", name: "Guest 1" }];
    this.send({
      type: "welcome",
      room: "lobby",
      you,
      epoch: "e1",
      seq: 0,
      gap: false,
      members,
      count: 1,
      limits,
      ...more,
    });
  }

  /** The next frame from the client. */
  next(): Promise<Frame> {
    return this.frames.next("a frame from the client");
  }

  /** Ends the connection and waits until it has ended. */
  async cut(code = 1001): Promise<void> {
    this.socket.close(code);
    await within(this.closed.promise, "the end of a connection");
  }
}

/** A server that does nothing but what a test tells it to. */
export class Stage implements AsyncDisposable {
  readonly #peers = new Inbox<Peer>();
  readonly #all: Peer[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** How many of the next connections are answered with 503. */
  refuse = 0;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        if (this.refuse-- > 0) return new Response("not now", { status: 503 });
        const offered = request.headers.get("sec-websocket-protocol");
        const { socket, response } = Deno.upgradeWebSocket(request, { protocol: PROTOCOL });
        const peer = new Peer(new URL(request.url), offered, socket);
        this.#all.push(peer);
        socket.onopen = () => this.#peers.put(peer);
        return response;
      },
    );
  }

  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The next connection. */
  accept(): Promise<Peer> {
    return this.#peers.next("a connection");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#all) {
      if (socket.readyState === WebSocket.OPEN) socket.close(1001);
    }
    await Promise.all(this.#all.map((peer) => peer.closed.promise));
    await this.#server.shutdown();
  }
}

const TYPES = [
  "state",
  "welcome",
  "message",
  "pending",
  "refused",
  "failed",
  "gap",
  "repeat",
  "join",
  "leave",
  "name",
  "count",
  "typing",
  "error",
] as const satisfies (keyof ParleyEvents)[];

type Told = { type: string; detail: Frame };

/** A client, all its events in order. */
export class Client implements AsyncDisposable {
  readonly parley: Parley;
  readonly history: Told[] = [];
  readonly #told = new Inbox<Told>();

  constructor(stage: Stage, options: ParleyOptions = {}) {
    this.parley = new Parley(stage.address, "lobby", {
      retryFirst: 1,
      retryMax: 2,
      ...options,
    });
    for (const type of TYPES) {
      this.parley.addEventListener(type, ({ detail }) => {
        this.history.push({ type, detail: { ...detail } });
        this.#told.put({ type, detail });
      });
    }
    this.parley.connect();
  }

  /** The detail of the next event of that type; what comes before it is dropped. */
  async next<K extends keyof ParleyEvents>(type: K): Promise<ParleyEvents[K]["detail"]> {
    const told = await this.#told.next(`the event ${type}`, (told) => told.type === type);
    return told.detail as ParleyEvents[K]["detail"];
  }

  /** Waits for that state. */
  async reach(state: string): Promise<Frame> {
    for (;;) {
      const change = await this.next("state");
      if (change.state === state) return change;
    }
  }

  /** The texts of all messages so far. */
  get texts(): string[] {
    return this.history.flatMap(({ type, detail }) => type === "message" ? [detail.message] : []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parley.close();
  }
}

/** A message as the server sends it. */
export const said = (seq: number, more: Frame = {}) => ({
  seq,
  message: `m${seq}`,
  name: "Ann",
  from: "ann",
  at: 1_700_000_000_000 + seq,
  ...more,
});

/** A client in the room, and the server's end of its connection. */
export async function enter(stage: Stage, options: ParleyOptions = {}, welcome: Frame = {}) {
  const client = new Client(stage, options);
  const peer = await stage.accept();
  peer.welcome(welcome);
  await client.next("welcome");
  return { client, peer, parley: client.parley };
}
