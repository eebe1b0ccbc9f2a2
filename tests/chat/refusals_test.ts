// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { TestApp } from "../support/test_app.ts";

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

Deno.test("chat: what is refused is counted, frames and connections", async () => {
  await using test = new TestApp(["--max-connections", "2"]);
  await using ann = await ChatSocket.open(test.ws("lobby"), V1);
  await using bob = await ChatSocket.open(test.ws("lobby"));
  using late = await RawWebSocket.open({ port: test.port, path: "/ws/chat/lobby/" });
  assertEquals(late.status, 503);
  ann.sendRaw(JSON.stringify({ message: "hi", x: "x".repeat(200_000) }));
  bob.sendRaw(new Uint8Array([1]));
  await Promise.all([ann.closed, bob.closed]);
  const headers = { Origin: "http://evil.example" };
  using foreign = await RawWebSocket.open({ port: test.port, path: "/ws/chat/lobby/", headers });
  assertEquals(foreign.status, 403);
  const metrics = await (await test.request("/metrics")).text();
  const counts = metrics.matchAll(/^parley_refused_(\w+){\w+="(\w+)"} ([1-9]\d*)$/gm);
  assertEquals(Array.from(counts, ([, ...what]) => what.join(" ")).sort(), [
    "connections_total 403 1",
    "connections_total 503 1",
    "total bad_message 1",
    "total too_big 1",
  ]);
});
