// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { FanOut, longestWait } from "../server/fan_out.ts";
import { nextTurn } from "./support/next_turn.ts";

/** Something that does this when it is flushed, by so many frames. */
function flushing(flush: () => number, size = 1) {
  return { frames: () => size, flush, answer: () => 0 };
}

/** Something that writes down a word when it is flushed, by so many frames. */
function noting(order: string[], word: string, size = 1) {
  return flushing(() => order.push(word), size);
}

/** Something that writes down that it answers. */
function notingAnswer(order: string[]) {
  return { frames: () => 1, flush: () => 0, answer: () => order.push("answer") };
}

/**
 * Something that tells when it is flushed, or answers, after working for so many milliseconds, and
 * that it sent so many messages.
 */
function flushable(work = 0, messages = 1) {
  let flushed = Promise.withResolvers<number>();
  return {
    frames: () => 1,
    answer() {
      return this.flush();
    },
    flush() {
      const until = performance.now() + work;
      while (performance.now() < until);
      flushed.resolve(performance.now());
      return messages;
    },
    next(): Promise<number> {
      flushed = Promise.withResolvers();
      return flushed.promise;
    },
  };
}

Deno.test("fan-out: all that is marked is flushed in one go, later in the same turn", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  const mark = (name: string) => fanOut.mark(noting(order, name));
  const end = flushable();
  mark("a");
  mark("b");
  fanOut.mark(end);
  assertEquals(order, []);
  await end.next();
  assertEquals(order, ["a", "b"]);
});

Deno.test("fan-out: what is marked during a flush is flushed after it", async () => {
  const fanOut = new FanOut();
  const second = flushable();
  const flushed = second.next();
  fanOut.mark(flushing(() => +fanOut.mark(second)));
  await flushed;
});

Deno.test("fan-out: who sends much has the others wait until that is written", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  const mark = (name: string, size: number) => fanOut.mark(noting(order, name, size));
  mark("few", 10);
  // 61 frames are written in a turn of the event loop: of 160 that leaves 38 after two.
  mark("many", 150);
  mark("next", 20);
  mark("with it", 30);
  mark("last", 1);
  await Promise.resolve();
  for (let turn = 1; !order.includes("last"); turn++) {
    order.push(`turn ${turn}`);
    await nextTurn();
  }
  assertEquals(order, ["few", "many", "turn 1", "turn 2", "next", "with it", "turn 3", "last"]);
});

Deno.test("fan-out: who waits for the turn is flushed once, and who had it once more", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  const first = noting(order, "first", 100);
  const second = noting(order, "second", 100);
  const third = noting(order, "third", 1);
  for (const one of [first, second, third]) fanOut.mark(one);
  await Promise.resolve();
  assertEquals(order, ["first"]);
  const end = flushable();
  const ended = end.next();
  const soon = [second, first, end].map((one) => fanOut.mark(one));
  await ended;
  assertEquals([...soon, ...order], [false, false, false, "first", "second", "third", "first"]);
});

Deno.test("fan-out: a flush by hand ends what is under way, and what was marked since", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) fanOut.mark(noting(order, name, 100));
  await Promise.resolve();
  fanOut.mark(noting(order, "d"));
  assertEquals(order, ["a"]);
  fanOut.flush();
  assertEquals(order, ["a", "b", "c", "d"]);
});

Deno.test("fan-out: what would share nothing takes no turns", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) fanOut.mark(noting(order, name, 100), false);
  await Promise.resolve();
  assertEquals(order, ["a", "b", "c"]);
});

Deno.test("fan-out: answers take turns too", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  const many = { frames: () => 1, flush: () => 0, answer: () => order.push("many") * 100 };
  fanOut.markAnswer(many);
  fanOut.markAnswer(notingAnswer(order));
  await Promise.resolve();
  for (let turn = 1; !order.includes("answer"); turn++) {
    order.push(`turn ${turn}`);
    await nextTurn();
  }
  assertEquals(order, ["many", "turn 1", "answer"]);
});

/** A fan-out that has sent so much that it must rest. */
async function tired(): Promise<FanOut> {
  const fanOut = new FanOut();
  const long = flushable(10);
  const ended = long.next();
  fanOut.mark(long);
  await ended;
  return fanOut;
}

Deno.test("fan-out: the wait is longer where most rooms have several messages to a frame", () => {
  const rooms = [[0, 0], [1, 0], [1, 1], [10, 4], [10, 5], [10, 10]] as const;
  assertEquals(rooms.map(([all, several]) => longestWait(all, several)), [20, 20, 40, 20, 40, 40]);
});

Deno.test("fan-out: with several messages to a frame the next ones wait that long", async () => {
  const fanOut = new FanOut();
  const long = flushable(10, 2);
  const first = long.next();
  fanOut.mark(long);
  const ended = await first;
  const next = flushable();
  const flushed = next.next();
  fanOut.mark(next);
  // The clock of timers has whole milliseconds.
  assertGreaterOrEqual(await flushed - ended, longestWait(1, 1) - 2);
});

Deno.test("fan-out: answers do not wait as long as that", async () => {
  const fanOut = new FanOut();
  const answered = flushable(10, 2);
  const flushed = flushable(10, 2);
  const ended = [answered.next(), flushed.next()];
  fanOut.markAnswer(answered);
  fanOut.mark(flushed);
  await Promise.all(ended);
  const order: string[] = [];
  const end = flushable();
  const all = end.next();
  fanOut.markAnswer(notingAnswer(order));
  fanOut.mark(noting(order, "flush"));
  fanOut.mark(end);
  await all;
  assertEquals(order, ["answer", "flush"]);
});

Deno.test("fan-out: it says whether a flush comes in this turn", async () => {
  const rested = new FanOut();
  const one = flushable();
  assertEquals([rested.mark(one), rested.mark(one)], [true, true]);
  rested.flush();
  const fanOut = await tired();
  assertEquals([fanOut.mark(one), fanOut.mark(one), fanOut.mark(one, false)], [false, false, true]);
  fanOut.flush();
});

Deno.test("fan-out: who spoke is answered while the others wait", async () => {
  const fanOut = await tired();
  const order: string[] = [];
  const end = flushable();
  const ended = end.next();
  fanOut.mark(noting(order, "flush"));
  fanOut.mark(end);
  fanOut.markAnswer(notingAnswer(order));
  await ended;
  assertEquals(order, ["answer", "flush"]);
});

Deno.test("fan-out: what would share nothing does not wait for the others", async () => {
  const fanOut = await tired();
  const order: string[] = [];
  fanOut.mark(noting(order, "shares"));
  // Not even when much of it was sent before.
  const much = flushable(10);
  const sent = much.next();
  fanOut.mark(much, false);
  await sent;
  fanOut.mark(noting(order, "shares nothing"), false);
  for (let turns = 0; turns < 2; turns++) await nextTurn();
  fanOut.flush();
  assertEquals(order, ["shares nothing", "shares"]);
});

Deno.test("fan-out: a flush by hand leaves nothing to be done", () => {
  const fanOut = new FanOut();
  let count = 0;
  fanOut.mark(flushing(() => count++));
  fanOut.mark(flushing(() => count++), false);
  fanOut.flush();
  fanOut.flush();
  assertEquals(count, 2);
});
