// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { LookTimer } from "../server/look_timer.ts";

/** A timer that tells of its looks, and what is behind so many of them in which nobody read on. */
function newTimer() {
  let heard = () => {};
  const looks = { count: 0 };
  const timer = new LookTimer(() => {
    looks.count++;
    heard();
  });
  const next = () => new Promise<void>((resolve) => heard = resolve);
  const idle = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const look = next();
      timer.plan();
      await look;
    }
  };
  return { looks, timer, next, idle };
}

const after = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

Deno.test("look timer: however often it is planned, it is one look", async () => {
  const { looks, timer, next, idle } = newTimer();
  const look = next();
  for (let n = 0; n < 5; n++) timer.plan();
  await look;
  assertEquals(looks.count, 1);
  await idle(1);
  assertEquals(looks.count, 2);
});

Deno.test("look timer: while nobody reads on the looks come later, and soon again when somebody does", async () => {
  const { looks, timer, next, idle } = newTimer();
  await idle(8);
  // timers end in the order of their times, however late
  const late = next();
  timer.plan();
  await after(16);
  assertEquals(looks.count, 8);
  await late;
  timer.plan();
  const soon = next();
  timer.hasten();
  timer.plan();
  const much = after(16);
  await Promise.race([soon, much]);
  assertEquals(looks.count, 10);
  await much;
});

Deno.test("look timer: none comes that was cancelled", async () => {
  const { looks, timer } = newTimer();
  timer.plan();
  timer.cancel();
  await after(8);
  assertEquals(looks.count, 0);
});
