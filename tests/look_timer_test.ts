// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { LookTimer } from "../server/look_timer.ts";

/** In place of `setTimeout`: timers that end when the test says so. */
class Timers implements Disposable {
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;
  readonly #running = new Map<number, () => void>();
  /** The times of those that were set, in milliseconds. */
  readonly set: number[] = [];

  constructor() {
    const set = (end: () => void, milliseconds: number) => {
      this.#running.set(this.set.push(milliseconds), end);
      return this.set.length;
    };
    Object.assign(globalThis, { setTimeout: set });
    Object.assign(globalThis, { clearTimeout: (id: number) => this.#running.delete(id) });
  }

  /** Ends the timers that run. */
  end(): void {
    const ends = [...this.#running.values()];
    this.#running.clear();
    for (const end of ends) end();
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}

Deno.test("look timer: however often it is planned, it is one look", () => {
  using timers = new Timers();
  let looks = 0;
  const timer = new LookTimer(() => looks++);
  for (let n = 0; n < 5; n++) timer.plan();
  timers.end();
  timers.end();
  assertEquals([looks, timers.set], [1, [2]]);
});

Deno.test("look timer: while nobody reads on the looks come later, and soon again when somebody does", () => {
  using timers = new Timers();
  let looks = 0;
  const timer = new LookTimer(() => {
    looks++;
    timer.plan();
  });
  timer.plan();
  for (let n = 0; n < 6; n++) timers.end();
  assertEquals(timers.set, [2, 4, 8, 16, 32, 32, 32]);
  timer.hasten();
  timer.plan();
  assertEquals(timers.set.at(-1), 2);
  // it takes the place of the later one
  timers.end();
  assertEquals(looks, 7);
});

Deno.test("look timer: none comes that was cancelled", () => {
  using timers = new Timers();
  let looks = 0;
  const timer = new LookTimer(() => looks++);
  timer.plan();
  timer.cancel();
  timers.end();
  assertEquals(looks, 0);
});
