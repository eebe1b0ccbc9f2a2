// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { RedisNames } from "../server/layers/redis_names.ts";

Deno.test("redis names: a group's channels are channels_redis' and our own, and lead back to it", () => {
  const names = new RedisNames("asgi");
  assertEquals(names.groupChannel("chat_lobby"), "asgi__group__chat_lobby");
  assertEquals(names.eventsChannel("chat_lobby"), "parley:{chat_lobby}:events");
  for (const channel of [names.groupChannel("chat_lobby"), names.eventsChannel("chat_lobby")]) {
    assertEquals(names.groupOf(channel), "chat_lobby");
  }
  assertEquals(names.groupOf("asgi__other"), undefined);
});

Deno.test("redis names: all keys of a group are in one slot, and another prefix shares none", () => {
  const keys = new RedisNames("asgi").keys("chat_lobby");
  assertEquals(keys[0], "parley:{chat_lobby}:state");
  assertEquals(new Set(keys.map((key) => /\{.*\}/.exec(key)?.[0])), new Set(["{chat_lobby}"]));
  const other = new RedisNames("staging");
  const all = [...keys, new RedisNames("asgi").nodes, new RedisNames("asgi").secret];
  const others = [...other.keys("chat_lobby"), other.nodes, other.secret];
  assertEquals(all.filter((name) => others.includes(name)), []);
  assertEquals(other.groupChannel("g"), "staging__group__g");
});
