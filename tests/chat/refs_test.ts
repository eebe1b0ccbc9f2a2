// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertLess } from "@std/assert";
import { ChatConsumer } from "../../server/chat_consumer.ts";
import { newCounters } from "../../server/counters.ts";
import { FanOut } from "../../server/fan_out.ts";
import { MemoryChannelLayer } from "../../server/layers/memory.ts";
import { Rooms } from "../../server/rooms.ts";
import { Scope } from "../../server/routing.ts";
import { MOST_BUFFERED } from "../../server/backlog.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { enter, V1 } from "../support/enter.ts";
import { RecordingConnection } from "../support/recording_connection.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { nextTurn } from "../support/next_turn.ts";
import { TestApp } from "../support/test_app.ts";

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

/** A consumer of `parley.v1` that has entered a room on a connection of the test's. */
async function entered() {
  const stack = new AsyncDisposableStack();
  const layer = stack.use(
    new MemoryChannelLayer({ messages: 10, bytes: 0, ttl: 0, totalBytes: 0 }),
  );
  const fanOut = new FanOut();
  const rooms = new Rooms(layer, fanOut, { messages: 10, bytes: 0, ttl: 0 });
  stack.defer(() => rooms.close());
  const limits = { messageBytes: 0, messageRate: 0, messageBurst: 0 };
  const consumer = new ChatConsumer({ layer, rooms, limits, counters: newCounters() });
  stack.defer(() => consumer.disconnect(1000));
  const scope = new Scope(
    new Request("http://x/ws/chat/lobby/", { headers: { "sec-websocket-protocol": "parley.v1" } }),
    "192.0.2.1",
  );
  scope.params = { room: "lobby" };
  const connection = new RecordingConnection();
  await consumer.connect(scope, connection);
  consumer.opened();
  return { fanOut, rooms, consumer, connection, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("chat: who asks on and on and reads no answer is put out", async () => {
  await using here = await entered();
  const { consumer, connection } = here;
  connection.stopped = true;
  for (let n = 0; n < 1_000_000 && connection.open; n++) consumer.receive('{"type":"ping"}');
  assertEquals(connection.codes, [1013]);
  assertLess(connection.bufferedAmount, 4 << 20);
});

Deno.test("chat: what the room has for who reads slowly counts for no answer", async () => {
  await using test = new TestApp(["--message-bytes", "4M", "--message-burst", "8"]);
  const headers = { "Sec-WebSocket-Protocol": "parley.v1" };
  using slow = await RawWebSocket.open({ port: test.port, path: "/ws/chat/lobby/", headers });
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  // more than the buffers of a TCP connection hold
  for (let n = 0; n < 8; n++) ben.socket.send({ message: "x".repeat(3 << 20) });
  await ben.socket.nextTexts(8);
  await slow.sendText('{"type":"ping"}');
  for (let texts = ""; !texts.includes("pong");) texts = await slow.readText();
});

Deno.test("chat: who is not yet told of a new log is told nothing of the old one's messages", async () => {
  await using here = await entered();
  const { fanOut, rooms, consumer, connection } = here;
  const say = async () => {
    consumer.receive('{"message":"once","ref":"r"}');
    // the layer's answer takes microtasks alone
    await nextTurn();
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
