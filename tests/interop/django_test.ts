// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertNotMatch } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { DjangoChat } from "../support/django_chat.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";

const UNICODE = [
  "hello",
  "",
  "你好，世界 — Ωμέγα — привет — שלום",
  "👋🏽 👨‍👩‍👧‍👦 \u{10FFFF}",
  "e\u0301 is not é",
  "\u202Ertl\u202C \u200B\uFEFF",
  "</script><!-- \" ' \\ & \u2028\u2029 \t\r\n \u0000\u0007\u007F",
  "x".repeat(10_000),
];

/** Fails when Django met anything that it could not handle. */
function assertNoTraceback(django: DjangoChat): void {
  assertNotMatch(django.log.all.join("\n"), /Traceback|Exception|Error/);
}

Deno.test("messages pass between Django and Parley, every character intact, in order", async () => {
  await using redis = await RedisServer.start();
  await using django = await DjangoChat.start(redis.url);
  const flags = ["--redis", redis.url, "--message-rate", "0"];
  await using parley = await ParleyProcess.start({ flags });
  await using there = await ChatSocket.open(django.ws("lobby"));
  await using plain = await ChatSocket.open(parley.ws("lobby"));
  await using full = await ChatSocket.open(parley.ws("lobby"), V1);
  const all = [there, plain, full];

  for (const from of all) {
    for (const message of UNICODE) from.send({ message });
    for (const to of all) assertEquals(await to.nextTexts(UNICODE.length), UNICODE);
  }

  const texts = Array.from({ length: 200 }, (_, n) => `${n}`);
  for (const from of all) {
    for (const message of texts) from.send({ message });
    for (const to of all) assertEquals(await to.nextTexts(texts.length), texts);
  }
  assertEquals(all.map((socket) => socket.waiting), [[], [], []]);
  assertNoTraceback(django);
});

Deno.test("a message from Django is numbered once, whoever hears it, and is in the history once", async () => {
  await using redis = await RedisServer.start();
  await using django = await DjangoChat.start(redis.url);
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using three = await ParleyProcess.start({ flags });
  await using there = await ChatSocket.open(django.ws("lobby"));
  await using ann = await ChatSocket.open(one.ws("lobby"), V1);
  await using bob = await ChatSocket.open(two.ws("lobby"), V1);
  const { seq } = await ann.next();
  const texts = Array.from({ length: 50 }, (_, n) => `${n}`);
  for (const message of texts) there.send({ message });
  for (const socket of [ann, bob]) {
    for (const [n, text] of texts.entries()) {
      const frame = await socket.nextMessage();
      assertEquals([frame.message, frame.seq], [text, seq + 1 + n]);
    }
  }
  // newcomers: where it was heard, and where nobody was
  for (const parley of [one, two, three]) {
    await using newcomer = await ChatSocket.open(parley.ws("lobby"), V1);
    newcomer.send({ message: "that is all" });
    assertEquals(await newcomer.nextTexts(texts.length + 1), [...texts, "that is all"]);
    texts.push("that is all");
  }
});

Deno.test("nothing that Parley's members do closes a socket of Django", async () => {
  await using redis = await RedisServer.start();
  await using django = await DjangoChat.start(redis.url);
  await using parley = await ParleyProcess.start({ flags: ["--redis", redis.url] });
  await using there = await ChatSocket.open(django.ws("lobby"));
  await using witness = await ChatSocket.open(parley.ws("lobby"));
  {
    await using guest = await ChatSocket.open(parley.ws("lobby"), V1);
    guest.send({ type: "name", name: "Ann" });
    guest.send({ type: "typing" });
    guest.send({ type: "no such type" });
    guest.send({ message: 5 });
    guest.send({ message: "with a type", type: "chat.close", ref: "r1", channel: "x" });
    guest.send({ message: "with a ref", ref: "r2" });
    guest.send({ message: "with a ref", ref: "r2" });
    guest.sendRaw(String.raw`{"message": "half a pair: \ud800"}`);
    guest.sendRaw("no JSON");
    guest.send({ message: "last", __proto__: { type: "x" } });
    for (;;) if ((await guest.nextMessage()).message === "last") break;
  }
  {
    await using rude = await ChatSocket.open(parley.ws("lobby"));
    rude.sendRaw(new Uint8Array([1, 2, 3]));
    await rude.closed;
  }
  witness.send({ message: "still there?" });
  const heard: string[] = [];
  while (heard.at(-1) !== "still there?") heard.push((await there.next()).message);
  const shown = await witness.nextTexts(heard.length);
  assertEquals(heard, shown);
  there.send({ message: "yes" });
  assertEquals(await witness.next(), { message: "yes" });
  assertNoTraceback(django);
});

Deno.test("two sockets on each of two Parleys and a Django are one conversation", async () => {
  await using redis = await RedisServer.start();
  await using django = await DjangoChat.start(redis.url);
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using a = await ChatSocket.open(one.ws("lobby"));
  await using b = await ChatSocket.open(one.ws("lobby"), V1);
  await using c = await ChatSocket.open(two.ws("lobby"));
  await using d = await ChatSocket.open(two.ws("lobby"), V1);
  await using e = await ChatSocket.open(django.ws("lobby"));
  await using f = await ChatSocket.open(django.ws("lobby"));
  const members = { a, b, c, d, e, f };

  // one after the other: everybody sees the same talk
  for (const [name, from] of Object.entries(members)) {
    from.send({ message: `${name} says hi` });
    for (const to of Object.values(members)) {
      assertEquals((await to.nextMessage()).message, `${name} says hi`);
    }
  }

  // all at once: everybody sees all of it, each speaker in order, and Parley's members one order
  const each = 10;
  for (let n = 0; n < each; n++) {
    for (const [name, from] of Object.entries(members)) from.send({ message: `${name}${n}` });
  }
  const seen = await Promise.all(
    Object.values(members).map((to) => to.nextTexts(each * Object.keys(members).length)),
  );
  for (const texts of seen) {
    for (const name of Object.keys(members)) {
      const own = texts.filter((text) => text.startsWith(name));
      assertEquals(own, Array.from({ length: each }, (_, n) => `${name}${n}`));
    }
  }
  for (const texts of seen.slice(0, 4)) assertEquals(texts, seen[0]);
  for (const socket of Object.values(members)) assertEquals(socket.waiting, []);
});
