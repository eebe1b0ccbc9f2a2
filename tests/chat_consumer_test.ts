// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { ChatConsumer } from "../server/chat_consumer.ts";
import { newCounters } from "../server/counters.ts";
import { FanOut } from "../server/fan_out.ts";
import { MemoryChannelLayer } from "../server/layers/memory.ts";
import { Rooms } from "../server/rooms.ts";
import { Scope } from "../server/routing.ts";
import { MOST_BUFFERED } from "../server/backlog.ts";
import { ChatSocket } from "./support/chat_socket.ts";
import { RecordingConnection } from "./support/recording_connection.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { TestApp } from "./support/test_app.ts";

const HANDSHAKE = {
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": btoa("sixteen bytes !!"),
};
const V1 = { protocol: "parley.v1" };

Deno.test("chat: a message reaches every member, the sender included, in one order", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"));
  await using ben = await ChatSocket.open(test.ws("lobby"));
  await using cat = await ChatSocket.open(test.ws("lobby"), V1);
  for (const n of [1, 2, 3, 4, 5]) {
    ann.send({ message: `a${n}` });
    ben.send({ message: `b${n}` });
  }
  const texts = await ann.nextTexts(10);
  assertEquals(texts.toSorted(), ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5"]);
  assertEquals(await ben.nextTexts(10), texts);
  assertEquals(await cat.nextTexts(10), texts);
});

Deno.test("chat: a plain client gets the tutorial's frames and no others", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"));
  ann.send({ message: "héllo 你好 👋", type: "whatever" });
  assertEquals(await ann.next(), { message: "héllo 你好 👋" });
  assertEquals(ann.socket.protocol, "");
});

Deno.test("chat: a room's messages never reach another room", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("one"));
  await using ben = await ChatSocket.open(test.ws("two"));
  ann.send({ message: "for one" });
  assertEquals(await ann.nextTexts(1), ["for one"]);
  ben.send({ message: "for two" });
  assertEquals(await ben.nextTexts(1), ["for two"]);
});

const PLAIN: [what: string, frame: string | Uint8Array<ArrayBuffer>, code: number][] = [
  ["malformed JSON", "{", 1007],
  ["an array", "[]", 1007],
  ["no message", "{}", 1007],
  ["a message that is no string", '{"message":7}', 1007],
  ["a binary frame", new Uint8Array([123, 125]), 1003],
  ["a message that is too big", JSON.stringify({ message: "x".repeat(16_385) }), 1009],
  ["a frame that is too big", JSON.stringify({ message: "hi", x: "x".repeat(200_000) }), 1009],
];
for (const [what, frame, code] of PLAIN) {
  Deno.test(`chat: ${what} closes a plain client with ${code}, and nobody else notices`, async () => {
    await using test = new TestApp();
    await using bad = await ChatSocket.open(test.ws("lobby"));
    await using good = await ChatSocket.open(test.ws("lobby"));
    bad.sendRaw(frame);
    assertEquals((await bad.closed).code, code);
    good.send({ message: "still here" });
    assertEquals(await good.next(), { message: "still here" });
  });
}

const V1_REFUSED: [what: string, frame: string, code: string][] = [
  ["malformed JSON", "{", "bad_message"],
  ["a message that is no string", '{"message":7,"ref":"k"}', "bad_message"],
  ["an unknown type", '{"type":"dance","ref":"k"}', "unknown_type"],
  ["a bad ref", '{"message":"hi","ref":7}', "bad_ref"],
  [
    "a message that is too big",
    JSON.stringify({ message: "x".repeat(16_385), ref: "k" }),
    "too_big",
  ],
];
for (const [what, frame, code] of V1_REFUSED) {
  Deno.test(`chat: ${what} is an error frame for a parley.v1 client, which stays`, async () => {
    await using test = new TestApp();
    await using ben = await ChatSocket.open(test.ws("lobby"), V1);
    await using ann = await ChatSocket.open(test.ws("lobby"), V1);
    await ann.next();
    ann.sendRaw(frame);
    const { type, code: got, detail, ref } = await ann.next();
    assertEquals([type, got, ref], ["error", code, frame.includes('"k"') ? "k" : undefined]);
    assert(detail.length > 0);
    ann.send({ message: "still here" });
    assertEquals((await ben.nextMessage()).message, "still here");
  });
}

for (const [what, frame, code] of PLAIN.slice(4)) {
  if (what === "a message that is too big") continue;
  Deno.test(`chat: ${what} closes a parley.v1 client with ${code}`, async () => {
    await using test = new TestApp();
    await using ann = await ChatSocket.open(test.ws("lobby"), V1);
    ann.sendRaw(frame);
    assertEquals((await ann.closed).code, code);
  });
}

Deno.test("chat: a message of exactly the limit passes", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"));
  const message = "界".repeat(5461) + "x";
  ann.send({ message });
  assertEquals(await ann.next(), { message });
});

Deno.test("chat: too many messages at once close a plain client with 1008", async () => {
  await using test = new TestApp(["--message-burst", "3", "--message-rate", "0.001"]);
  await using ann = await ChatSocket.open(test.ws("lobby"));
  for (const n of [1, 2, 3, 4]) ann.send({ message: `${n}` });
  assertEquals(await ann.nextTexts(3), ["1", "2", "3"]);
  assertEquals((await ann.closed).code, 1008);
});

Deno.test("chat: too many messages at once are errors for a parley.v1 client, told when to retry", async () => {
  await using test = new TestApp(["--message-burst", "3", "--message-rate", "0.001"]);
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  await ann.next();
  for (const n of [1, 2, 3, 4]) ann.send({ message: `${n}`, ref: `r${n}` });
  const frames = [await ann.next(), await ann.next(), await ann.next(), await ann.next()];
  const error = frames.find(({ type }) => type === "error")!;
  assertEquals([error.code, error.ref], ["rate", "r4"]);
  assert(error.retry > 500_000, `${error.retry}`);
  for (const n of [5, 6, 7]) ann.send({ message: `${n}` });
  assertEquals((await ann.closed).code, 1008);
});

Deno.test("chat: limits of 0 are off", async () => {
  await using test = new TestApp([
    ...["--message-bytes=0", "--message-rate=0", "--max-connections=0"],
    "--max-connections-per-ip=0",
  ]);
  await using ann = await ChatSocket.open(test.ws("lobby"));
  const message = "x".repeat(500_000);
  for (let n = 0; n < 100; n++) ann.send({ message: `${n}` });
  ann.send({ message });
  assertEquals((await ann.nextTexts(101)).at(-1), message);
});

Deno.test("chat: a welcome says where the client is, who is there and what it may do", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("你好"), V1);
  const { epoch, you, ...welcome } = await ann.next();
  assertEquals(ann.socket.protocol, "parley.v1");
  assertEquals(welcome, {
    type: "welcome",
    room: "你好",
    seq: 0,
    gap: false,
    members: [{ id: you.id, name: you.name }],
    count: 1,
    limits: { message_bytes: 16_384, message_rate: 10, message_burst: 20, name_length: 32 },
  });
  assert(epoch.length === 16 && you.id.length === 16 && you.token.length === 43);
  assert(/^Guest \d{4}$/.test(you.name), you.name);
});

/** Opens a socket in the room as somebody, and returns it with its welcome. */
async function enter(test: TestApp, query = "", room = "lobby") {
  const socket = await ChatSocket.open(test.ws(room, query), V1);
  return { socket, welcome: await socket.next() };
}

Deno.test("chat: names are asked for, unique in the room, and seen by all", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  const ben = await enter(test, "?name=%EF%BC%A1nn");
  const elsewhere = await enter(test, "?name=Ann", "elsewhere");
  await using _ = ann.socket;
  await using __ = ben.socket;
  await using ___ = elsewhere.socket;
  assertEquals(ann.welcome.you.name, "Ann");
  assertEquals(ben.welcome.you.name, "\uFF21nn 2");
  assertEquals(elsewhere.welcome.you.name, "Ann");
  assertEquals(ben.welcome.count, 2);
  assertEquals(await ann.socket.next(), {
    type: "join",
    id: ben.welcome.you.id,
    name: "\uFF21nn 2",
  });
  ben.socket.send({ type: "name", name: " Ben\t B. " });
  const renamed = { type: "name", id: ben.welcome.you.id, name: "Ben B." };
  assertEquals(await ann.socket.next(), renamed);
  assertEquals(await ben.socket.next(), renamed);
  ben.socket.send({ message: "hi" });
  assertEquals((await ann.socket.next()).name, "Ben B.");
});

Deno.test("chat: a name that cannot be, or is another's, is refused", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  const ben = await enter(test, "?name=Ben");
  await using _ = ann.socket;
  await using __ = ben.socket;
  const ask = async (name: unknown, ref: string) => {
    ben.socket.send({ type: "name", name, ref });
    const { type, code, ref: got } = await ben.socket.next();
    assertEquals([type, got], ["error", ref]);
    return code;
  };
  assertEquals(await ask("ANN", "r1"), "name_taken");
  const refused = [
    ["", "name_empty"],
    ["  ", "name_empty"],
    ["a\u202Eb", "name_characters"],
    ["x".repeat(33), "name_too_long"],
    [7, "bad_name"],
  ] as const;
  for (const [name, code] of refused) assertEquals(await ask(name, "r2"), code);
  assertEquals((await enterAndLeave(test, "?name=x%00")).name.startsWith("Guest"), true);
});

async function enterAndLeave(test: TestApp, query: string) {
  const { socket, welcome } = await enter(test, query, "other");
  await using _ = socket;
  return welcome.you;
}

Deno.test("chat: who comes back with its token within 5 s is the same, and nobody hears of it", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const first = await enter(test, "?name=Ann");
  const { id, name, token } = first.welcome.you;
  assertEquals((await ben.socket.next()).type, "join");
  await first.socket[Symbol.asyncDispose]();
  const again = await enter(test, `?name=Ann&id=${id}&token=${encodeURIComponent(token)}`);
  await using __ = again.socket;
  assertEquals(again.welcome.you, { id, name, token });
  again.socket.send({ message: "back" });
  const next = await ben.socket.next();
  assertEquals([next.message, next.from, next.name], ["back", id, "Ann"]);
});

Deno.test("chat: who comes back with another name has it, if it is free", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const first = await enter(test, "?name=Ann");
  const { id, token } = first.welcome.you;
  assertEquals((await ben.socket.next()).type, "join");
  await first.socket[Symbol.asyncDispose]();
  const second = await enter(test, `?name=Anna&id=${id}&token=${token}`);
  assertEquals(second.welcome.you.name, "Anna");
  assertEquals(await ben.socket.next(), { type: "name", id, name: "Anna" });
  await second.socket[Symbol.asyncDispose]();
  const third = await enter(test, `?name=BEN&id=${id}&token=${token}`);
  await using __ = third.socket;
  assertEquals(third.welcome.you.name, "Anna");
});

Deno.test("chat: a repeated ref from before the resumed place is acknowledged to its sender alone", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const first = await enter(test, "?name=Ann");
  const { you, epoch } = first.welcome;
  first.socket.send({ message: "once", ref: "r1" });
  const { seq } = await first.socket.nextMessage();
  await first.socket[Symbol.asyncDispose]();
  const query = `?epoch=${epoch}&after=${seq}&name=Ann&id=${you.id}&token=${you.token}`;
  const again = await enter(test, query);
  await using __ = again.socket;
  again.socket.send({ message: "once", ref: "r1" });
  const { at: _at, ...echo } = await again.socket.next();
  assertEquals(echo, { seq, message: "once", name: "Ann", from: you.id, ref: "r1" });
  again.socket.send({ message: "two", ref: "r2" });
  assertEquals(await ben.socket.nextTexts(2), ["once", "two"]);
});

Deno.test("chat: a repeated ref that is no news is not echoed", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  await using _ = ann.socket;
  ann.socket.send({ message: "once", ref: "r1" });
  await ann.socket.nextMessage();
  ann.socket.send({ message: "once", ref: "r1" });
  ann.socket.send({ type: "ping" });
  assertEquals(await ann.socket.next(), { type: "pong" });
});

Deno.test("chat: who is not yet told of a new log is told nothing of the old one's messages", async () => {
  await using layer = new MemoryChannelLayer({ messages: 10, bytes: 0, ttl: 0, totalBytes: 0 });
  const fanOut = new FanOut();
  const rooms = new Rooms(layer, fanOut, { messages: 10, bytes: 0, ttl: 0 });
  const limits = { messageBytes: 0, messageRate: 0, messageBurst: 0 };
  const consumer = new ChatConsumer({ layer, rooms, limits, counters: newCounters() });
  const scope = new Scope(
    new Request("http://x/ws/chat/lobby/", { headers: { "sec-websocket-protocol": "parley.v1" } }),
    "192.0.2.1",
  );
  scope.params = { room: "lobby" };
  const connection = new RecordingConnection();
  await consumer.connect(scope, connection);
  consumer.opened();
  const say = async () => {
    consumer.receive('{"message":"once","ref":"r"}');
    // the layer's answer takes microtasks alone
    await new Promise((resolve) => setImmediate(resolve));
    fanOut.flush();
  };
  await say();
  const told = () => connection.objects.slice(1).map(({ type, seq }) => type ?? seq);
  assertEquals(told(), [1]);
  connection.stopped = true;
  connection.bufferedAmount = 2 * MOST_BUFFERED;
  const { room, release } = await rooms.hold("lobby");
  room.gap({ epoch: "another", seq: 5 });
  fanOut.flush();
  await say();
  assertEquals(told(), [1]);
  connection.read();
  room.flush();
  assertEquals(told(), [1, "welcome"]);
  release();
  consumer.disconnect(1000);
  rooms.close();
});

Deno.test("chat: a server that is going away lets nobody in", async () => {
  const test = new TestApp();
  const { port } = test;
  await using ann = await ChatSocket.open(test.ws("x"));
  const closed = test.app.close();
  const late = await fetch(`http://127.0.0.1:${port}/ws/chat/x/`, { headers: HANDSHAKE });
  assertEquals([late.status, late.headers.get("retry-after")], [503, "1"]);
  await late.body?.cancel();
  await closed;
  assertEquals((await ann.closed).code, 1001);
  await test[Symbol.asyncDispose]();
});

Deno.test("chat: a handshake without a key gets 400, and nobody hears of it", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const path = "/ws/chat/lobby/";
  const headers = { "Sec-WebSocket-Key": "short" };
  using bad = await RawWebSocket.open({ port: test.port, path, headers });
  assertEquals(bad.status, 400);
  ben.socket.send({ message: "alone?" });
  assertEquals((await ben.socket.next()).message, "alone?");
});

for (const Host of ["a b", "chat.example/healthz?", "chat.example:99999999", "]["]) {
  Deno.test(`chat: the host "${Host}" is refused`, async () => {
    await using test = new TestApp();
    const path = "/ws/chat/x/";
    using raw = await RawWebSocket.open({ port: test.port, path, headers: { Host } });
    assertEquals([raw.status, await raw.body()], [400, "The request's address is not valid\n"]);
  });
}

Deno.test("chat: an id without its token is not given to somebody else", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  await using _ = ann.socket;
  const thief = await enter(test, `?name=Ann&id=${ann.welcome.you.id}&token=x`);
  await using __ = thief.socket;
  assert(thief.welcome.you.id !== ann.welcome.you.id);
  assertEquals(thief.welcome.you.name, "Ann 2");
});

Deno.test("chat: who leaves is gone after 5 s, its name free again", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const ann = await enter(test, "?name=Ann");
  await ben.socket.next();
  await ann.socket[Symbol.asyncDispose]();
  const { id } = ann.welcome.you;
  assertEquals(await ben.socket.next(), { type: "leave", id, name: "Ann" });
  ben.socket.send({ type: "name", name: "Ann" });
  assertEquals((await ben.socket.next()).name, "Ann");
});

Deno.test("chat: plain clients appear as guests, come and go", async () => {
  await using test = new TestApp();
  const ann = await enter(test);
  await using _ = ann.socket;
  const plain = await ChatSocket.open(test.ws("lobby"));
  const { type, id, name } = await ann.socket.next();
  assertEquals(type, "join");
  assert(name.startsWith("Guest "));
  plain.send({ message: "hi" });
  const message = await ann.socket.next();
  assertEquals([message.message, message.from, message.name], ["hi", id, name]);
  await plain[Symbol.asyncDispose]();
  assertEquals(await ann.socket.next(), { type: "leave", id, name });
});

Deno.test("chat: in a room of over 200 members all are counted and none is listed", async () => {
  await using test = new TestApp(["--max-connections-per-ip", "0"]);
  await using crowd = new AsyncDisposableStack();
  const enterWith = async (query: string) => {
    const { socket, welcome } = await enter(test, query);
    crowd.use(socket);
    return { socket, welcome };
  };
  const first = await enterWith("?name=Ann");
  for (let n = 2; n < 200; n++) await enterWith("");
  const listed = await enterWith("");
  assertEquals([listed.welcome.count, listed.welcome.members.length], [200, 200]);
  const counted = await enterWith("");
  assertEquals([counted.welcome.count, counted.welcome.members], [201, undefined]);
  const news = [];
  while (news.at(-1)?.type !== "count") news.push(await first.socket.next());
  assertEquals(news.slice(0, -1).map(({ type }) => type), Array(199).fill("join"));
  assertEquals(news.at(-1), { type: "count", count: 201 });
  // a name is nobody's news there but its owner's
  const { id } = first.welcome.you;
  first.socket.send({ type: "name", name: "Anna" });
  assertEquals(await first.socket.next(), { type: "name", id, name: "Anna" });
  first.socket.send({ message: "many" });
  const message = await counted.socket.nextMessage();
  assertEquals([message.message, message.name], ["many", "Anna"]);
  assertEquals(counted.socket.waiting, []);
});

Deno.test("chat: typing is passed on, at most every 2 s", async () => {
  await using test = new TestApp();
  const ann = await enter(test);
  const ben = await enter(test);
  await using _ = ann.socket;
  await using __ = ben.socket;
  await ann.socket.next();
  for (let n = 0; n < 5; n++) ben.socket.send({ type: "typing" });
  assertEquals(await ann.socket.next(), { type: "typing", id: ben.welcome.you.id });
  ben.socket.send({ message: "done" });
  assertEquals((await ann.socket.next()).message, "done");
});

Deno.test("chat: a message comes back with its number, its sender and its ref", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  const { you } = await ann.next();
  ann.send({ message: "hi", ref: "k3" });
  const { at, ...message } = await ann.next();
  assertEquals(message, { seq: 1, message: "hi", name: you.name, from: you.id, ref: "k3" });
  assert(Math.abs(at - Date.now()) < 60_000);
});

Deno.test("chat: a ping is answered", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  await ann.next();
  ann.send({ type: "ping" });
  assertEquals(await ann.next(), { type: "pong" });
});

Deno.test("chat: a repeated ref is said once", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  await ann.next();
  for (const ref of ["a", "a", "b"]) ann.send({ message: ref, ref });
  assertEquals(await ann.nextTexts(2), ["a", "b"]);
});

Deno.test("chat: who comes back gets what it missed, once and in order", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  const { epoch } = await ann.next();
  for (const n of [1, 2, 3, 4]) ann.send({ message: `${n}` });
  await ann.nextTexts(4);
  await using again = await ChatSocket.open(test.ws("lobby", `?epoch=${epoch}&after=2`), V1);
  const welcome = await again.next();
  assertEquals([welcome.seq, welcome.gap], [2, false]);
  assertEquals(await again.nextTexts(2), ["3", "4"]);
  await using lost = await ChatSocket.open(test.ws("lobby", `?epoch=other&after=2`), V1);
  assertEquals((await lost.next()).gap, true);
  assertEquals(await lost.nextTexts(4), ["1", "2", "3", "4"]);
});

Deno.test("chat: two rooms by one NFC name are one, and a `/` in a name is part of it", async () => {
  await using test = new TestApp();
  await using nfc = await ChatSocket.open(test.ws("caf\u00e9"));
  await using nfd = await ChatSocket.open(test.ws("cafe\u0301"));
  nfd.send({ message: "same" });
  assertEquals(await nfc.next(), { message: "same" });
  await using slash = await ChatSocket.open(test.ws("a/b"));
  slash.send({ message: "x" });
  assertEquals(await slash.next(), { message: "x" });
});

Deno.test("chat: connections beyond the limits get 503 and a time to retry", async () => {
  await using test = new TestApp(["--max-connections", "3", "--max-connections-per-ip", "2"]);
  const open = () => RawWebSocket.open({ port: test.port, path: "/ws/chat/x/" });
  using one = await open();
  using two = await open();
  using three = await open();
  assertEquals([one.status, two.status, three.status], [101, 101, 503]);
  assert(Number(three.headers.get("retry-after")) > 0);
  assert((await three.body()).includes("from your address"));
});

Deno.test("chat: a connection that ended makes room for another", async () => {
  await using test = new TestApp(["--max-connections", "1"]);
  {
    await using ann = await ChatSocket.open(test.ws("x"));
    ann.socket.close();
    await ann.closed;
  }
  await using ben = await ChatSocket.open(test.ws("x"));
  ben.send({ message: "in" });
  assertEquals(await ben.next(), { message: "in" });
});

Deno.test("chat: behind a trusted proxy addresses are the proxy's word, its last one", async () => {
  await using test = new TestApp(["--max-connections-per-ip", "1", "--trust-proxy"]);
  const open = async (forwarded: string) => {
    const headers = { "X-Forwarded-For": forwarded };
    return await RawWebSocket.open({ port: test.port, path: "/ws/chat/x/", headers });
  };
  using one = await open("198.51.100.1");
  using two = await open("198.51.100.1, 198.51.100.2");
  using three = await open("198.51.100.9, 198.51.100.2");
  assertEquals([one.status, two.status, three.status], [101, 101, 503]);
});

Deno.test("chat: the origin is checked before the upgrade", async () => {
  await using test = new TestApp();
  const open = (Origin: string) =>
    RawWebSocket.open({ port: test.port, path: "/ws/chat/x/", headers: { Origin } });
  using own = await open(`http://127.0.0.1:${test.port}`);
  using foreign = await open("http://evil.example");
  using port = await open(`http://127.0.0.1:${test.port + 1}`);
  assertEquals([own.status, foreign.status, port.status], [101, 403, 403]);
});

Deno.test("chat: when the server closes, its members hear 1001 after what was said", async () => {
  const test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("x"));
  ann.send({ message: "last words" });
  await ann.next();
  await test[Symbol.asyncDispose]();
  assertEquals((await ann.closed).code, 1001);
});
