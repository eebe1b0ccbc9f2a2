// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FanOut } from "../server/fan_out.ts";

const none = () => {};

/** Something that tells when it is flushed, or answers, after working for so many milliseconds. */
function flushable(work = 0) {
  let flushed = Promise.withResolvers<number>();
  return {
    answer() {
      this.flush();
    },
    flush() {
      const until = performance.now() + work;
      while (performance.now() < until);
      flushed.resolve(performance.now());
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
  const mark = (name: string) => fanOut.mark({ flush: () => order.push(name), answer: none });
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
  fanOut.mark({ flush: () => fanOut.mark(second), answer: none });
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

Deno.test("fan-out: it says whether a flush comes in this turn", async () => {
  const rested = new FanOut();
  const one = { flush: none, answer: none };
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
  fanOut.mark({ flush: () => order.push("flush"), answer: none });
  fanOut.mark(end);
  fanOut.markAnswer({ flush: none, answer: () => order.push("answer") });
  await ended;
  assertEquals(order, ["answer", "flush"]);
});

Deno.test("fan-out: what would share nothing does not wait for the others", async () => {
  const fanOut = await tired();
  const order: string[] = [];
  const end = flushable();
  const ended = end.next();
  fanOut.mark({ flush: () => order.push("shares"), answer: none });
  fanOut.mark(end);
  // Not even when much of it was sent before.
  const much = flushable(10);
  const sent = much.next();
  fanOut.mark(much, false);
  await sent;
  fanOut.mark({ flush: () => order.push("shares nothing"), answer: none }, false);
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
