// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { FanOut, longestWait } from "../server/fan_out.ts";

const none = () => {};

/** Something that writes down a word when it is flushed. */
function noting(order: string[], word: string) {
  return { flush: () => order.push(word), answer: none };
}

/**
 * Something that tells when it is flushed, or answers, after working for so many milliseconds, and
 * that it sent so many messages.
 */
function flushable(work = 0, messages = 1) {
  let flushed = Promise.withResolvers<number>();
  return {
    answer() {
      this.flush();
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
  fanOut.mark({ flush: () => +fanOut.mark(second), answer: none });
  await flushed;
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
  fanOut.markAnswer({ flush: () => 0, answer: () => order.push("answer") });
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
  fanOut.markAnswer({ flush: () => 0, answer: () => order.push("answer") });
  await ended;
  assertEquals(order, ["answer", "flush"]);
});

Deno.test("fan-out: what would share nothing does not wait for the others", async () => {
  const fanOut = await tired();
  const order: string[] = [];
  const end = flushable();
  const ended = end.next();
  fanOut.mark(noting(order, "shares"));
  fanOut.mark(end);
  // Not even when much of it was sent before.
  const much = flushable(10);
  const sent = much.next();
  fanOut.mark(much, false);
  await sent;
  fanOut.mark(noting(order, "shares nothing"), false);
  await ended;
  assertEquals(order, ["shares nothing", "shares"]);
});

Deno.test("fan-out: a flush by hand leaves nothing to be done", () => {
  const fanOut = new FanOut();
  let count = 0;
  fanOut.mark({ flush: () => count++, answer: none });
  fanOut.mark({ flush: () => count++, answer: none }, false);
  fanOut.flush();
  fanOut.flush();
  assertEquals(count, 2);
});
