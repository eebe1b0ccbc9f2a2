// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { BEAT_TIMEOUT, Liveness, MISSING_TIMEOUT } from "../server/layers/liveness.ts";

const beats = (counts: Record<string, number>) =>
  new Map(Object.entries(counts).map(([node, count]) => [node, `${count}`]));

Deno.test("liveness: a node whose beats stand still is dead after the timeout, not before", () => {
  const liveness = new Liveness();
  let dead = (_: string) => false;
  const start = 1e6;
  for (let now = start; now <= start + BEAT_TIMEOUT; now += 1000) {
    dead = liveness.look(beats({ still: 7, alive: now }), now);
    assertEquals(dead("still"), false);
  }
  dead = liveness.look(beats({ still: 7, alive: 0 }), start + BEAT_TIMEOUT + 1);
  assertEquals([dead("still"), dead("alive")], [true, false]);
  dead = liveness.look(beats({ still: 8 }), start + BEAT_TIMEOUT + 1000);
  assertEquals(dead("still"), false, "it beats again");
});

Deno.test("liveness: a node without beats is dead after a grace, in which it may say that it lives", () => {
  const liveness = new Liveness();
  liveness.look(beats({ left: 3, back: 3 }), 0);
  liveness.look(beats({}), 1000);
  let dead = liveness.look(beats({ back: 1 }), 1000 + MISSING_TIMEOUT);
  assertEquals([dead("left"), dead("back"), dead("never seen")], [false, false, false]);
  dead = liveness.look(beats({ back: 2 }), 1001 + MISSING_TIMEOUT);
  assertEquals([dead("left"), dead("back"), dead("never seen")], [true, false, false]);
});

Deno.test("liveness: nobody dies of not having been looked at", () => {
  const liveness = new Liveness();
  liveness.look(beats({ a: 1 }), 0);
  const dead = liveness.look(beats({ a: 1 }), 10 * BEAT_TIMEOUT);
  assertEquals(dead("a"), false);
});
