// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";

const UNLIMITED = ["--message-rate", "0"];

Deno.test("a message reaches the members on both processes, and nobody else", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(one.ws("lobby"));
  await using bob = await ChatSocket.open(two.ws("lobby"));
  await using eve = await ChatSocket.open(two.ws("elsewhere"));
  ann.send({ message: "from one: 你好 👋🏽" });
  assertEquals(await bob.next(), { message: "from one: 你好 👋🏽" });
  assertEquals(await ann.next(), { message: "from one: 你好 👋🏽" });
  bob.send({ message: "from two" });
  assertEquals(await ann.next(), { message: "from two" });
  assertEquals(await bob.next(), { message: "from two" });
  eve.send({ message: "alone" });
  assertEquals(await eve.next(), { message: "alone" });
  assertEquals([ann.waiting, bob.waiting, eve.waiting], [[], [], []]);
});

Deno.test("all members on both processes see one order, each sender's own order in it", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url, ...UNLIMITED];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using a = await ChatSocket.open(one.ws("lobby"));
  await using b = await ChatSocket.open(one.ws("lobby"), V1);
  await using c = await ChatSocket.open(two.ws("lobby"));
  await using d = await ChatSocket.open(two.ws("lobby"), V1);
  const members = { a, b, c, d };
  const each = 100;
  const all = each * Object.keys(members).length;
  for (let n = 0; n < each; n++) {
    for (const [name, socket] of Object.entries(members)) socket.send({ message: `${name}${n}` });
  }
  const order = await a.nextTexts(all);
  for (const socket of [b, c, d]) assertEquals(await socket.nextTexts(all), order);
  for (const name of Object.keys(members)) {
    const own = order.filter((text) => text.startsWith(name));
    assertEquals(own, Array.from({ length: each }, (_, n) => `${name}${n}`));
  }
});

Deno.test("a burst keeps its order when Redis has forgotten its scripts", async () => {
  await using redis = await RedisServer.start();
  // As many as are sent are kept, so that a reader that is held up misses none.
  const history = ["--history", "4000", "--history-bytes", "0"];
  const flags = ["--redis", redis.url, ...UNLIMITED, ...history];
  await using parley = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(parley.ws("lobby"));
  ann.send({ message: "the scripts are known" });
  await ann.next();
  await redis.command("SCRIPT", "FLUSH");
  // more than one reading of the socket holds
  const padding = " ".repeat(500);
  const count = 3000;
  for (let n = 0; n < count; n++) ann.send({ message: n + padding });
  const numbers = (await ann.nextTexts(count)).map((text) => parseInt(text));
  assertEquals(numbers.filter((number, place) => number !== place).slice(0, 10), []);
});

Deno.test("a message has the same number in the same epoch on both processes", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(one.ws("lobby"), V1);
  await using bob = await ChatSocket.open(two.ws("lobby"), V1);
  const welcome = await ann.next();
  assertEquals(welcome.type, "welcome");
  assertEquals((await bob.next()).epoch, welcome.epoch);
  ann.send({ message: "first", ref: "r1" });
  const first = await bob.nextMessage();
  assertEquals((await ann.nextMessage()).seq, first.seq);
  bob.send({ message: "second", ref: "r1" });
  const second = await ann.nextMessage();
  assertEquals((await bob.nextMessage()).seq, second.seq);
  assertEquals(second.seq, first.seq + 1);
});

Deno.test("a ref that is repeated to another process gets the first number, and is shown once", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(one.ws("lobby"), V1);
  await using bob = await ChatSocket.open(two.ws("lobby"), V1);
  const { epoch, you } = await ann.next();
  ann.send({ message: "before", ref: "r0" });
  ann.send({ message: "once", ref: "r1" });
  assertEquals(await ann.nextTexts(2), ["before", "once"]);
  const { seq, message, from } = (await bob.nextTexts(1), await bob.nextMessage());
  assertEquals([seq, message, from], [2, "once", you.id]);

  const back = (after: number) => {
    const query = new URLSearchParams({ epoch, after: `${after}`, ...you });
    return ChatSocket.open(`${two.ws("lobby")}?${query}`, V1);
  };
  {
    await using heard = await back(seq);
    heard.send({ message: "once", ref: "r1" });
    const answer = await heard.nextMessage();
    assertEquals([answer.seq, answer.message, answer.ref], [seq, "once", "r1"]);
    heard.send({ message: "third" });
    assertEquals(await heard.nextTexts(1), ["third"]);
  }
  {
    await using missed = await back(seq - 1);
    missed.send({ message: "once", ref: "r1" });
    missed.send({ message: "fourth" });
    assertEquals(await missed.nextTexts(3), ["once", "third", "fourth"]);
  }
  // by both processes at the same time
  const query = new URLSearchParams({ ...you });
  await using other = await ChatSocket.open(`${two.ws("lobby")}?${query}`, V1);
  for (const socket of [ann, other]) socket.send({ message: "twice", ref: "r2" });
  bob.send({ message: "last" });
  for (const socket of [ann, bob]) {
    const texts = await socket.nextTexts(4);
    assertEquals(texts.slice(0, 2), ["third", "fourth"]);
    assertEquals(texts.slice(2).sort(), ["last", "twice"]);
  }
  bob.send({ message: "the very last" });
  for (const socket of [ann, bob]) assertEquals(await socket.nextTexts(1), ["the very last"]);
});

Deno.test("a process under another prefix is another server", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags: [...flags, "--redis-prefix", "other"] });
  await using ann = await ChatSocket.open(one.ws("lobby"), V1);
  await using bob = await ChatSocket.open(two.ws("lobby"), V1);
  const welcomes = [await ann.next(), await bob.next()] as const;
  assertNotEquals(welcomes[0].epoch, welcomes[1].epoch);
  ann.send({ message: "to the default prefix" });
  bob.send({ message: "to the other" });
  assertEquals((await ann.nextMessage()).message, "to the default prefix");
  assertEquals((await bob.nextMessage()).message, "to the other");
  // news of their own coming may be behind that
  const others = [ann, bob].map(({ waiting }, index) =>
    waiting.filter(({ id }) => id !== welcomes[index]!.you.id)
  );
  assertEquals(others, [[], []]);
});

Deno.test("when one process is killed, those on the other talk on", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(one.ws("lobby"));
  await using bob = await ChatSocket.open(two.ws("lobby"));
  await using cid = await ChatSocket.open(two.ws("lobby"));
  await one.kill();
  assert((await ann.closed).code !== 1000);
  bob.send({ message: "still here" });
  assertEquals(await cid.next(), { message: "still here" });
});
