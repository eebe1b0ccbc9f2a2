// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
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

Deno.test("fan-out: a long flush is followed by a time for reading, 20 ms at the most", async () => {
  const fanOut = new FanOut();
  const [long, next] = [flushable(10), flushable()];
  fanOut.mark(long);
  const ended = await long.next();
  fanOut.mark(next);
  // The clock of timers has whole milliseconds.
  assert(await next.next() - ended >= 18);
});

Deno.test("fan-out: who spoke is answered while the others wait", async () => {
  const fanOut = new FanOut();
  const order: string[] = [];
  const long = flushable(10);
  fanOut.mark(long);
  await long.next();
  const end = flushable();
  fanOut.mark({ flush: () => order.push("flush"), answer: none });
  fanOut.mark(end);
  fanOut.markAnswer({ flush: none, answer: () => order.push("answer") });
  await end.next();
  assertEquals(order, ["answer", "flush"]);
});

Deno.test("fan-out: a flush by hand leaves nothing to be done", () => {
  const fanOut = new FanOut();
  let count = 0;
  fanOut.mark({ flush: () => count++, answer: none });
  fanOut.flush();
  fanOut.flush();
  assertEquals(count, 1);
});
