// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FanOut } from "../server/fan_out.ts";

/** Something that tells when it is flushed, after working for so many milliseconds. */
function flushable(work = 0) {
  let flushed = Promise.withResolvers<number>();
  return {
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
  const mark = (name: string) => fanOut.mark({ flush: () => order.push(name) });
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
  fanOut.mark({ flush: () => fanOut.mark(second) });
  await flushed;
});

Deno.test("fan-out: a long flush is followed by as long a time for reading", async () => {
  const fanOut = new FanOut();
  const [long, next] = [flushable(10), flushable()];
  fanOut.mark(long);
  const ended = await long.next();
  fanOut.mark(next);
  // The clock of timers has whole milliseconds.
  assert(await next.next() - ended >= 8);
});

Deno.test("fan-out: a flush by hand leaves nothing to be done", () => {
  const fanOut = new FanOut();
  let count = 0;
  fanOut.mark({ flush: () => count++ });
  fanOut.flush();
  fanOut.flush();
  assertEquals(count, 1);
});
