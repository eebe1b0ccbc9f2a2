// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";

Deno.test("a server starts while Redis is away, says so, and heals when it comes", async () => {
  await using redis = await RedisServer.prepare();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await one.waitForLog(/Redis/i);
  await one.waitForStatus("/healthz", 200);
  await one.waitForStatus("/readyz", 503);
  await redis.restart();
  for (const parley of [one, two]) await parley.waitForStatus("/readyz", 200);
  await using ann = await ChatSocket.open(one.ws("lobby"));
  await using bob = await ChatSocket.open(two.ws("lobby"));
  ann.send({ message: "at last" });
  assertEquals(await bob.next(), { message: "at last" });
  assertEquals(await ann.next(), { message: "at last" });
});

Deno.test("while Redis is away sends are refused in time, and a retry is shown once", async () => {
  // what was acknowledged must outlive the server's death
  await using redis = await RedisServer.start({
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using plain = await ChatSocket.open(one.ws("lobby"));
  await using ann = await ChatSocket.open(one.ws("lobby"), V1);
  await using bob = await ChatSocket.open(two.ws("lobby"), V1);
  ann.send({ message: "before", ref: "r0" });
  const before = await bob.nextMessage();
  assertEquals(before.message, "before");
  assertEquals((await ann.nextMessage()).seq, before.seq);

  await redis.kill();
  await one.waitForStatus("/readyz", 503);
  const began = performance.now();
  ann.send({ message: "during", ref: "r1" });
  const error = await ann.nextOf("error", 2000);
  assert(performance.now() - began < 2000);
  assertEquals([error.code, error.ref], ["unavailable", "r1"]);
  assert(error.retry > 0);
  plain.send({ message: "a plain client knows no errors" });
  assertEquals((await plain.closed).code, 1013);

  await redis.restart();
  for (const parley of [one, two]) await parley.waitForStatus("/readyz", 200);
  ann.send({ message: "during", ref: "r1" });
  ann.send({ message: "after", ref: "r2" });
  const during = await bob.nextMessage();
  assertEquals([during.message, during.seq], ["during", before.seq + 1]);
  assertEquals((await bob.nextMessage()).message, "after");
  assertEquals(await ann.nextTexts(2), ["during", "after"]);
});

Deno.test("a frozen Redis is found out, and used again when it goes on", async () => {
  await using redis = await RedisServer.start();
  await using parley = await ParleyProcess.start({ flags: ["--redis", redis.url] });
  await using ann = await ChatSocket.open(parley.ws("lobby"), V1);
  await ann.next();
  redis.freeze();
  await parley.waitForStatus("/readyz", 503);
  ann.send({ message: "hello", ref: "r1" });
  assertEquals((await ann.nextOf("error", 2000)).code, "unavailable");
  redis.resume();
  await parley.waitForStatus("/readyz", 200);
  ann.send({ message: "hello", ref: "r1" });
  assertEquals((await ann.nextMessage()).message, "hello");
});

Deno.test("a wrong password leaves it degraded, and appears nowhere in the log", async () => {
  await using redis = await RedisServer.start({ password: "right" });
  const url = redis.url.replace("right", "wr0ng-secret");
  await using parley = await ParleyProcess.start({ flags: ["--redis", url] });
  await parley.waitForStatus("/readyz", 503);
  assertMatch(await parley.waitForLog(/WRONGPASS|password|authenticat/i), /./);
  assertEquals(parley.stderr.all.filter((line) => line.includes("wr0ng-secret")), []);
});
