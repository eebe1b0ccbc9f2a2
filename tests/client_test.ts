// @ts-types="./support/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Message,
  Parley,
  type ParleyEvents,
  type ParleyOptions,
  PROTOCOL,
  roomProblem,
} from "../static/client.js";
import { within } from "./support/within.ts";

/** What goes over the wire, its fields not yet checked. */
// deno-lint-ignore no-explicit-any
type Frame = Record<string, any>;

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
class Peer {
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
class Stage implements AsyncDisposable {
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
class Client implements AsyncDisposable {
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

const said = (seq: number, more: Frame = {}) => ({
  seq,
  message: `m${seq}`,
  name: "Ann",
  from: "ann",
  at: 1_700_000_000_000 + seq,
  ...more,
});

/** A client in the room, and the server's end of its connection. */
async function enter(stage: Stage, options: ParleyOptions = {}, welcome: Frame = {}) {
  const client = new Client(stage, options);
  const peer = await stage.accept();
  peer.welcome(welcome);
  await client.next("welcome");
  return { client, peer, parley: client.parley };
}

Deno.test("Parley asks for the room under the server's address, in NFC and encoded", async () => {
  await using stage = new Stage();
  const parley = new Parley(`${stage.address}/base`, "cafe\u0301 / ☕");
  parley.connect();
  const peer = await stage.accept();
  assertEquals(decodeURIComponent(peer.url.pathname), "/base/ws/chat/café / ☕/");
  assertEquals(peer.url.pathname.split("/").length, 6);
  assertEquals(peer.url.search, "");
  assertEquals(peer.protocol, PROTOCOL);
  assertEquals(parley.room, "café / ☕");
  await parley.close();
});

Deno.test("Parley refuses an address or a room that cannot be", () => {
  assertThrows(() => new Parley("ftp://host", "lobby"), TypeError, "not a web address");
  assertThrows(() => new Parley("nowhere", "lobby"), TypeError);
  assertThrows(() => new Parley("http://host", ".."), TypeError, "dots");
});

Deno.test("roomProblem() knows the rules of the server", () => {
  const cases: [string, ReturnType<typeof roomProblem>][] = [
    ["lobby", ""],
    ["", "empty"],
    [".", "dots"],
    ["..", "dots"],
    ["...", ""],
    ["a\nb", "control_character"],
    ["a\u0085b", "control_character"],
    ["\ud83d", "malformed"],
    ["😀".repeat(100), ""],
    ["😀".repeat(101), "too_long"],
    ["e\u0301".repeat(100), ""],
  ];
  for (const [name, problem] of cases) {
    assertEquals(roomProblem(name), problem, JSON.stringify(name));
  }
});

Deno.test("the welcome says who we are, who is here, and what is allowed", async () => {
  await using stage = new Stage();
  const members = [{ id: "me", name: "Guest 1" }, { id: "ann", name: "Ann" }];
  const { client, parley } = await enter(stage, {}, { members, count: 2, seq: 7 });
  await using _ = client;
  assertEquals(parley.state, "open");
  assertEquals(parley.you, { id: "me", name: "Guest 1", token: "secret" });
  assertEquals([...parley.members.values()], members);
  assertEquals(parley.count, 2);
  assertEquals([parley.epoch, parley.seq], ["e1", 7]);
  assertEquals(parley.limits.message_bytes, 100);
  assertEquals(client.history[0], { type: "state", detail: { state: "connecting" } });
});

Deno.test("messages are told with all that the server says of them", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send({ seq: 1, message: "from a plain client", at: 5 });
  peer.send(said(2, { ref: "theirs", surprise: true }));
  assertEquals(await client.next("message"), {
    message: "from a plain client",
    own: false,
    status: "sent",
    seq: 1,
    epoch: "e1",
    at: 5,
  });
  assertEquals(await client.next("message"), {
    message: "m2",
    own: false,
    status: "sent",
    seq: 2,
    epoch: "e1",
    name: "Ann",
    from: "ann",
    at: 1_700_000_000_002,
    ref: "theirs",
  });
});

Deno.test("one frame may hold several objects, and unreadable ones spoil none of the others", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send(
    said(1),
    "{broken",
    "null",
    "[]",
    '"text"',
    "",
    { seq: "2", message: "no number" },
    { seq: 2, message: 2 },
    { type: "join" },
    { type: "welcome" },
    { type: "of the future", message: "x" },
    said(2),
  );
  peer.socket.send(new Uint8Array([1, 2, 3]));
  peer.send(said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  const errors = client.history.filter(({ type }) => type === "error");
  assertEquals(errors.map(({ detail }) => detail.code), Array(8).fill("malformed"));
});

Deno.test("a message is told once, whatever the server repeats", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, {}, { seq: 4 });
  await using _ = client;
  peer.send(said(4), said(5), said(5), said(6), said(5));
  peer.send(said(7));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m5", "m6", "m7"]);
});

Deno.test("after a cut it resumes behind the last message, as the same member", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, { name: "Ann" });
  await using _ = client;
  assertEquals(peer.url.search, "?name=Ann");
  peer.send(said(1), said(2));
  await client.next("message");
  await peer.cut();
  const again = await stage.accept();
  assertEquals(Object.fromEntries(again.url.searchParams), {
    epoch: "e1",
    after: "2",
    name: "Guest 1",
    id: "me",
    token: "secret",
  });
  again.welcome({ seq: 2 });
  again.send(said(2), said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  assertEquals(client.history.filter(({ type }) => type === "gap"), []);
});

Deno.test("identity and position may come from an earlier client", async () => {
  await using stage = new Stage();
  const kept = { name: "Ann", id: "me", token: "secret", epoch: "e1", after: 41 };
  const client = new Client(stage, kept);
  await using _ = client;
  const peer = await stage.accept();
  assertEquals(Object.fromEntries(peer.url.searchParams), { ...kept, after: "41" });
  peer.welcome({ seq: 41, you: { id: "other", name: "Ann" } });
  // the server may give another id all the same: what the earlier one said is still ours
  peer.send(said(42, { from: "me" }), said(43, { from: "other" }), said(44));
  const own = [];
  while (own.length < 3) own.push((await client.next("message")).own);
  assertEquals(own, [true, true, false]);
});

Deno.test("our message is pending until it is heard back, and stays the same object", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const message = parley.send("hi");
  assertStrictEquals(await client.next("pending"), message);
  assertEquals(message.status, "pending");
  assertEquals(parley.outbox, [message]);
  const frame = await peer.next();
  assertEquals(frame, { message: "hi", ref: message.ref });
  peer.send(said(1), { seq: 2, message: "hi", name: "Guest 1", from: "me", at: 9, ref: frame.ref });
  assertEquals((await client.next("message")).own, false);
  assertStrictEquals(await client.next("message"), message);
  assertEquals([message.status, message.seq, message.at, message.own], ["sent", 2, 9, true]);
  assertEquals(parley.outbox, []);
});

Deno.test("what is said without a connection goes out with the next one, in order", async () => {
  await using stage = new Stage();
  const client = new Client(stage);
  await using _ = client;
  client.parley.send("a");
  client.parley.send("b");
  const peer = await stage.accept();
  peer.welcome();
  assertEquals([(await peer.next()).message, (await peer.next()).message], ["a", "b"]);
});

Deno.test("what was not heard back is sent again after a cut, with the same ref", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const heard = parley.send("heard");
  const lost = parley.send("lost");
  const kept = parley.send("kept in the log");
  for (const message of [heard, lost, kept]) assertEquals((await peer.next()).ref, message.ref);
  peer.send(said(1, { message: "heard", from: "me", ref: heard.ref }));
  await client.next("message");
  await peer.cut();
  parley.send("said in between");

  const again = await stage.accept();
  again.welcome({ seq: 1 });
  again.send(said(2, { message: kept.message, from: "me", ref: kept.ref }));
  assertEquals(await again.next(), { message: "lost", ref: lost.ref });
  assertEquals((await again.next()).ref, kept.ref);
  assertEquals((await again.next()).message, "said in between");
  again.send(said(2, { message: kept.message, from: "me", ref: kept.ref }));
  again.send(said(3, { message: "lost", from: "me", ref: lost.ref }));
  while (lost.status !== "sent") await client.next("message");
  assertEquals(client.texts, ["heard", "kept in the log", "lost"]);
});

Deno.test("what an earlier client had not heard back is pending again, and said once", async () => {
  await using stage = new Stage();
  const you = { name: "Ann", id: "me", token: "secret" };
  const outbox = [{ message: "heard", ref: "r1", at: 5 }, { message: "lost", ref: "r2", at: 6 }];
  const client = new Client(stage, { ...you, outbox });
  await using _ = client;
  const kept = client.parley.outbox;
  assertEquals(kept, [
    { message: "heard", own: true, status: "pending", at: 5, ref: "r1", name: "Ann", from: "me" },
    { message: "lost", own: true, status: "pending", at: 6, ref: "r2", name: "Ann", from: "me" },
  ]);
  const peer = await stage.accept();
  peer.welcome({ you });
  peer.send(said(1, { message: "heard", from: "me", ref: "r1" }));
  assertEquals(await peer.next(), { message: "heard", ref: "r1" });
  assertEquals(await peer.next(), { message: "lost", ref: "r2" });
  peer.send(said(2, { message: "lost", from: "me", ref: "r2" }));
  assertStrictEquals(await client.next("message"), kept[0]);
  assertStrictEquals(await client.next("message"), kept[1]);
  assertEquals(client.parley.outbox, []);
  const noText = [{ message: 1, ref: "r1" }] as unknown as NonNullable<ParleyOptions["outbox"]>;
  assertThrows(() => new Parley("http://a.example", "x", { outbox: noText }), TypeError);
});

Deno.test("our message that lay in a gap is confirmed all the same, once", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const message = parley.send("hi");
  await peer.next();
  await peer.cut();
  const again = await stage.accept();
  again.welcome({ seq: 10, gap: true });
  again.send(said(11));
  await client.next("message");
  const echo = said(5, { message: "hi", from: "me", ref: (await again.next()).ref });
  again.send(echo, echo, said(12));
  assertStrictEquals(await client.next("message"), message);
  assertEquals(message.seq, 5);
  assertEquals((await client.next("message")).seq, 12);
});

Deno.test("what was heard in a log that is gone is not told again when the next log has it", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  const ben = (seq: number, ref: string) => said(seq, { message: ref, from: "ben", ref });
  peer.send(ben(1, "a"), ben(2, "b"));
  peer.welcome({ epoch: "e2", seq: 0, gap: true });
  const other = { message: "by ann", from: "ann", ref: "b" };
  const again = { message: "with a ref of before", from: "ben", ref: "a" };
  peer.send(ben(1, "b"), said(2, other), said(3, again), ben(4, "c"));
  while (client.texts.length < 5) await client.next("message");
  assertEquals(client.texts, ["a", "b", other.message, again.message, "c"]);
  assertEquals(client.parley.seq, 4);
  const repeats = client.history.filter(({ type }) => type === "repeat");
  assertEquals(repeats.map(({ detail }) => detail), [{ message: "b", seq: 1, epoch: "e2" }]);
});

Deno.test("a refusal of what was heard back meanwhile is nothing", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.send("a");
  const { ref } = await peer.next();
  peer.send(said(1, { message: "a", from: "me", ref }));
  peer.send({ type: "error", code: "unavailable", detail: "Redis is away", ref, retry: 30 });
  peer.send({ type: "error", code: "rate", detail: "slowly", retry: 30 });
  assertEquals((await client.next("error")).code, "rate");
});

Deno.test("what may lie in a gap is sent again, with the same ref and in order", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const messages = [parley.send("first"), parley.send("second")];
  const refs = messages.map(({ ref }) => ref);
  const next = async () => [(await peer.next()).ref, (await peer.next()).ref];
  assertEquals(await next(), refs);
  peer.send({ type: "gap" });
  assertEquals(await next(), refs);
  peer.welcome({ seq: 7, gap: true });
  assertEquals(await next(), refs);
  // a welcome without a gap leaves out nothing
  peer.welcome({ seq: 7 });
  peer.send(said(3, { message: "first", from: "me", ref: refs[0] }));
  assertStrictEquals(await client.next("message"), messages[0]);
  parley.send("third");
  assertEquals((await peer.next()).message, "third");
});

Deno.test("a refusal with retry: the same goes out again, in front of what came later", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const first = parley.send("first");
  const { ref } = await peer.next();
  peer.send({ type: "error", code: "unavailable", detail: "Redis is away", ref, retry: 30 });
  assertStrictEquals(await client.next("refused"), first);
  assertEquals(first.status, "pending");
  assertEquals(first.error, { code: "unavailable", detail: "Redis is away", retry: 30 });
  parley.send("second");
  assertEquals(await peer.next(), { message: "first", ref });
  assertEquals((await peer.next()).message, "second");
  peer.send(said(1, { message: "first", from: "me", ref }));
  assertEquals((await client.next("message")).status, "sent");
  assertEquals(first.error, undefined);
});

Deno.test("a refusal with retry and without a ref concerns all that is in flight", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.send("a");
  parley.send("b");
  const refs = [(await peer.next()).ref, (await peer.next()).ref];
  peer.send({ type: "error", code: "rate", detail: "slowly", retry: 0 });
  assertEquals([(await peer.next()).ref, (await peer.next()).ref], refs);
});

Deno.test("a refusal without retry is final, and the message can be sent again or forgotten", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const message = parley.send("hi");
  const { ref } = await peer.next();
  assertEquals(parley.retry(message), false);
  peer.send({ type: "error", code: "bad_message", detail: "not this", ref });
  assertStrictEquals(await client.next("failed"), message);
  assertEquals([message.status, message.error?.detail], ["failed", "not this"]);

  await peer.cut();
  const again = await stage.accept();
  again.welcome();
  parley.send("another");
  assertEquals((await again.next()).message, "another");

  assert(parley.retry(message));
  assertEquals(await again.next(), { message: "hi", ref });
  again.send({ type: "error", code: "bad_message", detail: "not this either", ref });
  await client.next("failed");
  assert(parley.discard(message));
  assertEquals(parley.outbox.map((message) => message.message), ["another"]);
  assertEquals(parley.discard(message), false);
});

Deno.test("a message over the server's limit of bytes fails without being sent", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const message = parley.send("é".repeat(51));
  await client.next("failed");
  assertEquals(message.error?.code, "too_big");
  parley.send("é".repeat(50));
  assertEquals((await peer.next()).message, "é".repeat(50));
});

Deno.test("close code 1009 fails the largest message in flight instead of repeating it", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.send("small");
  const large = parley.send("large".repeat(10));
  await peer.next();
  await peer.next();
  await peer.cut(1009);
  assertStrictEquals(await client.next("failed"), large);
  const again = await stage.accept();
  again.welcome();
  assertEquals((await again.next()).message, "small");
});

Deno.test("it keeps to the server's rate by itself", async () => {
  await using stage = new Stage();
  const limits = { message_rate: 50, message_burst: 2 };
  const { client, peer, parley } = await enter(stage, {}, { limits });
  await using _ = client;
  const start = performance.now();
  for (const text of ["a", "b", "c", "d"]) parley.send(text);
  const texts = [];
  while (texts.length < 4) texts.push((await peer.next()).message);
  assertEquals(texts, ["a", "b", "c", "d"]);
  // two at once, then one each 20 ms
  assert(performance.now() - start >= 35);
});

Deno.test("refs differ", async () => {
  await using stage = new Stage();
  const { client, parley } = await enter(stage);
  await using _ = client;
  const refs = Array.from({ length: 1000 }, () => parley.send("x").ref ?? "");
  assertEquals(new Set(refs).size, 1000);
  assert(refs.every((ref) => /^[\w+/]{16}$/.test(ref)));
});

Deno.test("a gap is told: by the event, by the welcome, by another epoch, by a position ahead", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, {}, { gap: true, seq: 3 });
  await using _ = client;
  peer.send({ type: "gap", seq: 8 }, said(9));
  assertEquals(await client.next("gap"), { after: 3, seq: 8, epoch: "e1", renewed: false });
  await client.next("message");

  peer.welcome({ seq: 20, gap: true });
  assertEquals(await client.next("gap"), { after: 9, seq: 20, epoch: "e1", renewed: false });
  peer.welcome({ seq: 25 });
  assertEquals(await client.next("gap"), { after: 20, seq: 25, epoch: "e1", renewed: false });
  await peer.cut();

  const again = await stage.accept();
  assertEquals(again.url.searchParams.get("after"), "25");
  again.welcome({ epoch: "e2", seq: 0, gap: true });
  again.send(said(1));
  assertEquals(await client.next("gap"), { after: 25, seq: 0, epoch: "e2", renewed: true });
  const message = await client.next("message");
  assertEquals([message.seq, message.epoch], [1, "e2"]);
  // none for the first welcome, which had nothing before it
  assertEquals(client.history.filter(({ type }) => type === "gap").length, 4);
});

Deno.test("a welcome that stands behind us repeats nothing", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send(said(1), said(2));
  for (const gap of [false, true]) peer.welcome({ seq: 1, gap });
  peer.send(said(2), said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  assertEquals(client.history.filter(({ type }) => type === "gap"), []);
});

Deno.test("members come, go and change their names", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  peer.send({ type: "join", id: "ann", name: "Ann" });
  assertEquals(await client.next("join"), { id: "ann", name: "Ann" });
  assertEquals(await client.next("count"), { count: 2 });
  peer.send({ type: "typing", id: "ann" });
  assertEquals(await client.next("typing"), { id: "ann", name: "Ann" });
  peer.send({ type: "name", id: "ann", name: "Anne" });
  const renamed = { id: "ann", name: "Anne", own: false, before: "Ann" };
  assertEquals(await client.next("name"), renamed);
  assertEquals(parley.members.get("ann"), { id: "ann", name: "Anne" });
  peer.send({ type: "leave", id: "ann", name: "Anne" });
  assertEquals(await client.next("leave"), { id: "ann", name: "Anne" });
  assertEquals(await client.next("count"), { count: 1 });
  assertEquals([...parley.members.keys()], ["me"]);
  peer.send({ type: "count", count: 500 });
  assertEquals(await client.next("count"), { count: 500 });
  assertEquals(parley.count, 500);
});

Deno.test("rename() changes our name when the server agrees, and says when it does not", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.rename("Bob");
  assertEquals(await peer.next(), { type: "name", name: "Bob", ref: "name" });
  peer.send({ type: "name", id: "me", name: "Bob" });
  assertEquals((await client.next("name")).own, true);
  assertEquals(parley.you, { id: "me", name: "Bob", token: "secret" });
  parley.rename("Ann");
  await peer.next();
  peer.send({ type: "error", code: "name_taken", detail: "Ann is here", ref: "name" });
  assertEquals(await client.next("error"), { code: "name_taken", detail: "Ann is here" });
  await peer.cut();
  await client.reach("waiting");
  parley.rename("Carl");
  const again = await stage.accept();
  // the next connection asks for it: in its URL, or right after the welcome
  again.welcome({ you: { id: "me", name: "Bob" } });
  if (again.url.searchParams.get("name") !== "Carl") {
    assertEquals(await again.next(), { type: "name", name: "Carl", ref: "name" });
  }
});

Deno.test("rename() asks again when it was refused for now", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const wish = { type: "name", name: "Bob", ref: "name" };
  parley.rename("Bob");
  assertEquals(await peer.next(), wish);
  peer.send({ type: "error", code: "unavailable", detail: "Later", ref: "name", retry: 20 });
  assertEquals(await peer.next(), wish);
  peer.send({ type: "name", id: "me", name: "Bob" });
  assertEquals((await client.next("name")).name, "Bob");
});

Deno.test("typing() is sent at most once in two seconds", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.typing();
  parley.typing();
  parley.send("done");
  assertEquals(await peer.next(), { type: "typing" });
  assertEquals((await peer.next()).message, "done");
});

Deno.test("the waits between tries grow, jittered, up to the longest one", async () => {
  await using stage = new Stage();
  stage.refuse = 6;
  const client = new Client(stage, { retryFirst: 4, retryMax: 40, random: () => 0.5 });
  await using _ = client;
  const peer = await stage.accept();
  peer.welcome();
  await client.next("welcome");
  const waits = client.history.flatMap(({ detail }) => detail.retryIn ?? []);
  assertEquals(waits.map((wait) => Math.round(wait * 10) / 10), [2.4, 4.8, 9.6, 19.2, 24, 24]);
  // a connection that does not last is no success: the next wait is no shorter
  await peer.cut(1013);
  const { code, retryIn } = await client.reach("waiting");
  assertEquals([code, Math.round(retryIn)], [1013, 24]);
});

Deno.test("a server that goes away is no failure: the wait is the first one again", async () => {
  await using stage = new Stage();
  stage.refuse = 3;
  const client = new Client(stage, { retryFirst: 4, retryMax: 40, random: () => 0.5 });
  await using _ = client;
  const wait = async () => Math.round((await client.reach("waiting")).retryIn * 10) / 10;
  for (let restart = 0; restart < 3; restart++) {
    const peer = await stage.accept();
    peer.welcome();
    await client.reach("open");
    await peer.cut(1001);
    assertEquals(await wait(), 2.4);
  }
  // but one that lets nobody in is one
  await (await stage.accept()).cut(1001);
  assertEquals(await wait(), 4.8);
});

Deno.test("by default the first retry comes within a second, and none waits longer than 30", async () => {
  await using stage = new Stage();
  const address = stage.address;
  await stage[Symbol.asyncDispose]();
  const network = new EventTarget();
  const parley = new Parley(address, "lobby", { random: () => 1 - 2 ** -53, network });
  const waits: number[] = [];
  const enough = Promise.withResolvers<void>();
  parley.addEventListener("state", ({ detail }) => {
    if (detail.retryIn === undefined) return;
    waits.push(detail.retryIn);
    if (waits.length === 8) enough.resolve();
    else queueMicrotask(() => parley.connect());
  });
  parley.connect();
  await within(enough.promise, "eight tries");
  await parley.close();
  assertEquals(waits.map(Math.round), [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

Deno.test("when the network is back it tries at once", async () => {
  await using stage = new Stage();
  const network = new EventTarget();
  const hour = 3_600_000;
  const options = { network, retryFirst: hour, retryMax: hour };
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  network.dispatchEvent(new Event("online"));
  const again = await stage.accept();
  again.welcome();
  await client.reach("open");
  // on an open connection it asks for a sign of life, and the answer is nobody else's business
  network.dispatchEvent(new Event("online"));
  assertEquals(await again.next(), { type: "ping" });
  again.send({ type: "pong" }, said(1));
  await client.next("message");
  assertEquals(client.history.filter(({ type }) => type === "error"), []);
});

Deno.test("when the network is said to be gone, what does not answer soon is given up", async () => {
  await using stage = new Stage();
  const network = new EventTarget();
  const hour = 3_600_000;
  const options = { network, answerTimeout: hour, quietTimeout: hour };
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  // a false alarm: whoever answers stays
  network.dispatchEvent(new Event("offline"));
  assertEquals(await peer.next(), { type: "ping" });
  peer.send({ type: "pong" }, said(1));
  await client.next("message");
  network.dispatchEvent(new Event("offline"));
  assertEquals(await peer.next(), { type: "ping" });
  const { reason } = await client.reach("waiting");
  assertEquals(reason, "no answer in time");
  const states = client.history.filter(({ type }) => type === "state");
  assertEquals(states.length, 3);
});

Deno.test("connect() while waiting tries at once", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { retryFirst: 3_600_000 });
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  parley.connect();
  await stage.accept();
});

Deno.test("a connection without a welcome is given up and tried again", async () => {
  await using stage = new Stage();
  const client = new Client(stage, { welcomeTimeout: 20 });
  await using _ = client;
  const silent = await stage.accept();
  silent.send(said(1));
  await within(silent.closed.promise, "the end of the silent connection");
  assertEquals((await client.reach("waiting")).reason, "no welcome in time");
  assertEquals(client.texts, []);
  const peer = await stage.accept();
  peer.welcome();
  await client.reach("open");
});

Deno.test("a connection that does not answer is given up, and the message sent on the next", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { answerTimeout: 20 });
  await using _ = client;
  const message = parley.send("hi");
  assertEquals((await client.reach("waiting")).reason, "no answer in time");
  await within(peer.closed.promise, "the end of the silent connection");
  const again = await stage.accept();
  again.welcome();
  assertEquals((await again.next()).ref, message.ref);
});

Deno.test("a quiet connection is asked for a sign of life", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, { quietTimeout: 10, answerTimeout: 20 });
  await using _ = client;
  assertEquals(await peer.next(), { type: "ping" });
  peer.send({ type: "pong" });
  assertEquals(await peer.next(), { type: "ping" });
  assertEquals((await client.reach("waiting")).reason, "no answer in time");
});

Deno.test("close codes that only its own fault can cause end it", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  await peer.cut(1007);
  assertEquals((await client.reach("closed")).code, 1007);
  assertEquals(parley.state, "closed");
});

Deno.test("close() in any state leaves nothing open, and connect() goes on behind it", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { retryFirst: 3_600_000 });
  peer.send(said(1));
  await client.next("message");
  await parley.close();
  assertEquals(await within(peer.closed.promise, "the end of the connection"), 1005);
  assertEquals(parley.state, "closed");
  const kept = parley.send("kept");

  parley.connect();
  const again = await stage.accept();
  assertEquals(again.url.searchParams.get("after"), "1");
  again.welcome({ seq: 1 });
  assertEquals((await again.next()).ref, kept.ref);
  await again.cut();
  await client.reach("waiting");
  await parley.close();

  parley.connect();
  assertEquals(parley.state, "connecting");
  await parley.close();
  await parley.close();
  assertEquals(parley.state, "closed");
});

Deno.test("a listener may close it in the middle of a frame", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.addEventListener("message", () => void parley.close(), { once: true });
  peer.send(said(1), said(2));
  await client.reach("closed");
  await within(peer.closed.promise, "the end of the connection");
  assertEquals(client.texts, ["m1"]);
});

Deno.test("a connection that cannot even be tried: connect() throws, a later try waits", async () => {
  await using stage = new Stage();
  let forbidden = true;
  const Forbidding = new Proxy(WebSocket, {
    construct(target, args) {
      if (forbidden) throw new DOMException("no", "SecurityError");
      return Reflect.construct(target, args);
    },
  });
  const options = { WebSocket: Forbidding, retryFirst: 1 };
  assertThrows(() => new Parley(stage.address, "lobby", options).connect(), DOMException, "no");
  forbidden = false;
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  forbidden = true;
  await peer.cut();
  await client.reach("waiting");
  assertEquals((await client.reach("waiting")).reason, "SecurityError: no");
  forbidden = false;
  await stage.accept();
});

Deno.test("two clients in one room", async () => {
  await using stage = new Stage();
  const ann = await enter(stage, {}, { you: { id: "ann", name: "Ann" } });
  const bob = await enter(stage, {}, { you: { id: "bob", name: "Bob" } });
  await using _ann = ann.client;
  await using _bob = bob.client;
  const sent: Message = ann.parley.send("hi");
  const { ref } = await ann.peer.next();
  for (const { peer } of [ann, bob]) {
    peer.send({ seq: 1, message: "hi", name: "Ann", from: "ann", at: 1, ref });
  }
  assertStrictEquals(await ann.client.next("message"), sent);
  const heard = await bob.client.next("message");
  assertEquals([heard.own, heard.message], [false, "hi"]);
  assertNotEquals<Message>(heard, sent);
});
