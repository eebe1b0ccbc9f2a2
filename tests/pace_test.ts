// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { Pace } from "../server/pace.ts";
import { nextTurn } from "./support/next_turn.ts";
import { until } from "./support/until.ts";

const REST_FACTOR = 32;

/** Work that takes so many milliseconds, and tells when it is done. */
class Work {
  readonly pace: Pace;
  count = 0;
  milliseconds = 0;
  longestWait: number;
  #done = Promise.withResolvers<number>();

  constructor(longestWait = 20, restFactor = REST_FACTOR) {
    this.longestWait = longestWait;
    this.pace = new Pace(() => {
      const until = performance.now() + this.milliseconds;
      while (performance.now() < until);
      this.count++;
      this.#done.resolve(performance.now());
      return this.longestWait;
    }, restFactor);
  }

  /** Plans it; resolves when it is done to when that was. */
  planned(milliseconds = 0): Promise<number> {
    this.milliseconds = milliseconds;
    this.#done = Promise.withResolvers();
    this.pace.plan();
    return this.#done.promise;
  }
}

/** Plans the work, then an immediate, and tells which came first. */
async function orderWithImmediate(work: Work): Promise<string[]> {
  const order: string[] = [];
  const done = work.planned().then(() => order.push("done"));
  const immediate = nextTurn();
  await Promise.all([done, immediate.then(() => order.push("immediate"))]);
  return order;
}

Deno.test("pace: what is planned again and again is done once, later in the same turn", async () => {
  const work = new Work();
  const order: string[] = [];
  const done = work.planned().then(() => order.push("done"));
  for (let count = 0; count < 10; count++) work.pace.plan();
  assertEquals(work.count, 0);
  const timer = new Promise<void>((resolve) => setTimeout(resolve, 0));
  await Promise.all([done, timer.then(() => order.push("timer"))]);
  assertEquals([work.count, ...order], [1, "done", "timer"]);
});

Deno.test("pace: with no rest owed it is done before the immediates of the turn, once", async () => {
  const work = new Work();
  const order: string[] = [];
  const immediate = nextTurn();
  const done = work.planned().then(() => order.push("done"));
  await Promise.all([done, immediate.then(() => order.push("immediate"))]);
  assertEquals([work.count, ...order], [1, "done", "immediate"]);
});

Deno.test("pace: what was planned at once and is done earlier, or no more, is not done again", async () => {
  const work = new Work();
  work.pace.plan();
  work.pace.run();
  await Promise.resolve();
  assertEquals(work.count, 1);
  const idle = new Work();
  idle.pace.plan();
  idle.pace.cancel();
  await Promise.resolve();
  assertEquals(idle.count, 0);
});

Deno.test("pace: long work is followed by a rest, of the longest wait at the most", async () => {
  for (const longest of [20, 60]) {
    const work = new Work(longest);
    const ended = await work.planned(10);
    // The clock of timers has whole milliseconds.
    assertGreaterOrEqual(await work.planned() - ended, longest - 2);
  }
});

Deno.test("pace: how long the next work may wait is told each time", async () => {
  const work = new Work(60);
  const long = await work.planned(10);
  const planned = work.planned();
  work.longestWait = 0;
  assertGreaterOrEqual(await planned - long, 60 - 2);
  assertEquals(await orderWithImmediate(work), ["done", "immediate"]);
});

Deno.test("pace: without a factor there is no rest", async () => {
  const work = new Work(60, 0);
  await work.planned(10);
  assertEquals(await orderWithImmediate(work), ["done", "immediate"]);
});

Deno.test("pace: short work after a quiet time is followed by no rest", async () => {
  const work = new Work(60_000);
  await work.planned(0.2);
  // With one it would be a minute, or as long as the work is worth: a few milliseconds.
  const order: string[] = [];
  const done = work.planned().then(() => order.push("done"));
  const timer = new Promise<void>((resolve) => setTimeout(resolve, 0));
  await Promise.all([done, timer.then(() => order.push("timer"))]);
  assertEquals(order, ["done", "timer"]);
});

Deno.test("pace: in the long run work takes a small share of the time", async () => {
  const work = new Work(1_000);
  const began = performance.now();
  let end = 0;
  for (let count = 0; count < 6; count++) end = await work.planned(1);
  // Six times a millisecond are worth 192 of rest, of which the first are saved up and the last not waited for.
  assertGreaterOrEqual(end - began, 100);
  assertLess(work.count, 7);
});

Deno.test("pace: what is done by hand, or cancelled, is not planned any more", async () => {
  const work = new Work();
  work.pace.plan();
  work.pace.run();
  work.pace.plan();
  work.pace.cancel();
  assertEquals(work.count, 1);
  await work.planned();
  assertEquals(work.count, 2);
});

/** Work in so many parts of some milliseconds each, of which each turn does one. */
function inParts(parts: number, milliseconds: number, longestWait = 20) {
  const done: number[] = [];
  const ended = Promise.withResolvers<number>();
  const pace = new Pace(() => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
    if (done.push(performance.now()) < parts) return undefined;
    ended.resolve(performance.now());
    return longestWait;
  }, REST_FACTOR);
  return { pace, done, ended: ended.promise };
}

Deno.test("pace: work that has more to be done goes on in the next turns", async () => {
  const { pace, done } = inParts(3, 0);
  pace.plan();
  await Promise.resolve();
  const counts = [done.length];
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    counts.push(done.length);
  }
  assertEquals(counts, [1, 2, 3, 3]);
});

Deno.test("pace: the rest is for all parts of the work, and what was planned meanwhile comes after it", async () => {
  const { pace, done, ended } = inParts(3, 1, 40);
  pace.plan();
  await Promise.resolve();
  assertEquals([pace.plan(), done.length], [false, 1]);
  const end = await ended;
  await until(() => done.length > 3, "what was planned meanwhile");
  // One part alone is worth 32, of which 20 are saved and 2 over when the last begins.
  assertGreaterOrEqual(done[3]! - 1 - end, 20);
});

Deno.test("pace: work under way is ended by hand, or given up", async () => {
  const byHand = inParts(3, 0);
  byHand.pace.plan();
  await Promise.resolve();
  byHand.pace.run();
  byHand.pace.plan();
  const counts = [byHand.done.length];
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    counts.push(byHand.done.length);
  }
  // nothing is left of what was planned before; what is planned now takes a turn for a part
  assertEquals(counts, [3, 4, 4, 4]);
  const givenUp = inParts(3, 0);
  givenUp.pace.plan();
  await Promise.resolve();
  givenUp.pace.cancel();
  await nextTurn();
  assertEquals(givenUp.done.length, 1);
  givenUp.pace.plan();
  await givenUp.ended;
  assertEquals(givenUp.done.length, 3);
});
