// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Parley, type ParleyOptions } from "../../static/client.js";
import { Client, enter, said, Stage } from "../support/client_stage.ts";

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

Deno.test("a message with our ref that somebody else says is theirs, and ours is on its way still", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const { ref } = parley.send("ours");
  const message = parley.outbox[0]!;
  peer.send(said(1, { message: "theirs", from: "eve", ref }));
  const theirs = await client.next("message");
  assertEquals([theirs.message, theirs.own, parley.outbox], ["theirs", false, [message]]);
  peer.send(said(2, { message: "ours", from: "me", ref }));
  assertStrictEquals(await client.next("message"), message);
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
