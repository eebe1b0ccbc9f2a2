// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { TokenBucket } from "../server/token_bucket.ts";

function bucket(rate: number, burst: number) {
  const clock = { now: 5000 };
  return { clock, bucket: new TokenBucket(rate, burst, () => clock.now) };
}

Deno.test("token bucket: a burst at once, then the rate", () => {
  const { clock, bucket: tokens } = bucket(10, 3);
  assertEquals([1, 2, 3, 4].map(() => tokens.take()), [true, true, true, false]);
  clock.now += tokens.wait();
  assert(tokens.take());
  assert(!tokens.take());
});

Deno.test("token bucket: it holds no more than the burst, however long the rest", () => {
  const { clock, bucket: tokens } = bucket(10, 3);
  clock.now += 3_600_000;
  assertEquals([1, 2, 3, 4].map(() => tokens.take()), [true, true, true, false]);
});

Deno.test("token bucket: who goes on regardless overdraws it, who waits does not", () => {
  const { clock, bucket: tokens } = bucket(10, 3);
  for (let n = 0; n < 6; n++) tokens.take();
  assert(!tokens.overdrawn);
  tokens.take();
  assert(tokens.overdrawn);
  clock.now += tokens.wait();
  assert(tokens.take());
  assert(!tokens.overdrawn);
});

Deno.test("token bucket: a rate or burst of 0 is no limit", () => {
  for (const { bucket: free } of [bucket(0, 3), bucket(10, 0)]) {
    assert(Array.from({ length: 1000 }, () => free.take()).every(Boolean));
    assertEquals([free.wait(), free.overdrawn], [0, false]);
  }
});
