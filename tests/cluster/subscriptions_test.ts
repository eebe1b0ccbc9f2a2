// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { RedisServer } from "../support/redis_server.ts";

const CHANNELS = ["PUBSUB", "CHANNELS", "*__group__*"];
const LOBBY = ["PUBSUB", "NUMSUB", "asgi__group__chat_lobby"];

/** Whether so many processes hear the lobby. */
function hear(count: number): (reply: unknown) => boolean {
  return (reply) => assertArray(reply)[1] === count;
}

function assertArray(reply: unknown): unknown[] {
  assert(Array.isArray(reply));
  return reply;
}

Deno.test("a process subscribes to a group once, until its last member leaves", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  assertEquals(await redis.command(...CHANNELS), []);

  await using first = await ChatSocket.open(one.ws("lobby"));
  await using second = await ChatSocket.open(one.ws("lobby"), V1);
  await using last = await ChatSocket.open(one.ws("lobby"));
  await using away = await ChatSocket.open(two.ws("lobby"));
  away.send({ message: "all are in" });
  for (const socket of [first, second, last, away]) {
    assertEquals((await socket.nextMessage()).message, "all are in");
  }
  assertEquals(assertArray(await redis.command(...LOBBY))[1], 2);

  await first.close();
  await second.close();
  away.send({ message: "one of three is left" });
  assertEquals((await last.nextMessage()).message, "one of three is left");
  assertEquals(assertArray(await redis.command(...LOBBY))[1], 2);

  await last.close();
  await redis.waitFor(LOBBY, hear(1));
  await away.close();
  await redis.waitFor(LOBBY, hear(0));
  await redis.waitFor(CHANNELS, (reply) => assertArray(reply).length === 0);

  await using again = await ChatSocket.open(one.ws("lobby"));
  again.send({ message: "back" });
  assertEquals(await again.next(), { message: "back" });
  assertEquals(assertArray(await redis.command(...LOBBY))[1], 1);
});

Deno.test("members that vanish without a goodbye give the subscription back too", async () => {
  await using redis = await RedisServer.start();
  await using parley = await ParleyProcess.start({ flags: ["--redis", redis.url] });
  {
    using member = await RawWebSocket.open({ port: parley.port, path: "/ws/chat/lobby/" });
    assertEquals(member.status, 101);
    await redis.waitFor(LOBBY, hear(1));
  }
  await redis.waitFor(LOBBY, hear(0));
});

Deno.test("a room whose name is no legal group name has a channel of its own", async () => {
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url, "--redis-prefix", "mine"];
  await using parley = await ParleyProcess.start({ flags });
  await using ann = await ChatSocket.open(parley.ws("日本"));
  ann.send({ message: "x" });
  assertEquals(await ann.next(), { message: "x" });
  const [channel, ...others] = assertArray(await redis.command(...CHANNELS));
  assertMatch(String(channel), /^mine__group__chat_x[0-9a-f]{40}$/);
  assertEquals(others, []);
});
