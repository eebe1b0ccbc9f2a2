// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { ChatSocket, type ChatSocketOptions } from "../support/chat_socket.ts";
import { enter, V1 } from "../support/enter.ts";
import { TestApp } from "../support/test_app.ts";

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

Deno.test("chat: more than a room keeps, said at once within all limits, reaches every member", async () => {
  await using test = new TestApp(["--message-bytes", "16K", "--history-bytes", "100K"]);
  await using stack = new AsyncDisposableStack();
  const open = async (options: ChatSocketOptions = {}) =>
    stack.use(await ChatSocket.open(test.ws("lobby"), options));
  const talkers = [await open(V1), await open(V1), await open(), await open()];
  const reader = await open(V1);
  for (const talker of talkers) {
    for (let n = 0; n < 20; n++) talker.send({ message: "x".repeat(16_000) });
  }
  const seqs: number[] = [];
  while (seqs.length < 80) {
    const { type, seq, message } = await reader.next();
    if (message !== undefined || type === "gap") seqs.push(seq);
  }
  assertEquals(seqs, [...Array(81).keys()].slice(1));
  for (const talker of talkers) assertEquals((await talker.nextTexts(80)).length, 80);
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
