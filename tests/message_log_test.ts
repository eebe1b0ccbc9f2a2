// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { MessageLog, MOST_NEEDED, type Needed } from "../server/layers/message_log.ts";

Deno.test("message log: it is what a list with the same limits would be", () => {
  const lines = fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 400 })
    .map((lines) => lines.map((line) => line.replaceAll("\n", "")));
  const limits = fc.record({
    messages: fc.integer({ min: 0, max: 150 }),
    bytes: fc.integer({ min: 0, max: 2000 }),
  });
  const size = (text: string) => new TextEncoder().encode(text).length;
  const arbitraries = [
    lines,
    limits,
    fc.nat(420),
    fc.nat(300),
    fc.integer({ min: 1, max: 50 }),
  ] as const;
  fc.assert(fc.property(...arbitraries, (lines, limits, probe, most, interval) => {
    const log = new MessageLog(limits);
    let list: { seq: number; line: string }[] = [];
    const part = (after: number, most: number) => {
      const some: typeof list = [];
      const text = () => some.map(({ line }) => line).join("\n");
      for (const entry of list.filter(({ seq }) => seq > after)) {
        if (some.length > 0 && size(text()) + 1 >= most) break;
        some.push(entry);
      }
      if (some.length === 0) return undefined;
      return { text: text(), bytes: size(text()) + 1, last: some.at(-1)!.seq };
    };
    lines.forEach((line, index) => {
      log.push(index + 1, line);
      list.push({ seq: index + 1, line });
      const sum = () => list.reduce((sum, { line }) => sum + size(line) + 1, 0);
      while (list.length > limits.messages || (limits.bytes > 0 && sum() > limits.bytes)) {
        list = list.slice(1);
      }
      // What nobody asks for is not written yet.
      if (index % interval > 0) return;
      assertEquals([log.length, log.bytes, log.first], [list.length, sum(), list[0]?.seq]);
    });
    assertEquals(log.after(0), part(0, Infinity));
    assertEquals(log.after(probe), part(probe, Infinity));
    assertEquals(log.after(probe, most), part(probe, most));
    log.clear();
    assertEquals([log.length, log.bytes, log.first, log.after(0)], [0, 0, undefined, undefined]);
  }));
});

Deno.test("message log: its memory is a few times what it keeps, however much has passed", () => {
  const log = new MessageLog({ messages: 100, bytes: 0 });
  for (let seq = 1; seq <= 10_000; seq++) log.push(seq, "x".repeat(seq % 200));
  assertLessOrEqual(log.memory, 4 * log.bytes);
});

Deno.test("message log: what is needed is kept, within limits", () => {
  const kept = (needed: Partial<Needed>, bytes = 0) => {
    const log = new MessageLog({ messages: 10, bytes });
    for (let seq = 1; seq <= 200; seq++) {
      log.push(seq, "x", { from: Infinity, awaitedFrom: Infinity, ...needed });
    }
    return log.length;
  };
  const most = 10 * MOST_NEEDED;
  assertEquals([kept({}), kept({ from: 181 }), kept({ from: 1 })], [10, 20, most]);
  // "x" has two bytes
  assertEquals([kept({ from: 181 }, 30), kept({ awaitedFrom: 1 }, 30)], [15, 10]);
  const both = (from: number, bytes: number) => kept({ from, awaitedFrom: from }, bytes);
  assertEquals([both(181, 30), both(1, 8), both(1, 30)], [20, 4 * MOST_NEEDED, most]);
});

Deno.test("message log: what is needed no longer goes, and its memory with it", () => {
  const log = new MessageLog({ messages: 1_000, bytes: 10_000 });
  for (let seq = 1; seq <= 100; seq++) {
    log.push(seq, "x".repeat(1_000), { from: 1, awaitedFrom: 1 });
    if (seq <= 9) assertEquals(log.firstUsual, 1);
  }
  assertEquals([log.length, log.firstUsual], [100, 92]);
  log.release({ from: Infinity, awaitedFrom: 96 });
  assertEquals([log.length, log.first, log.firstUsual], [9, 92, 92]);
  assertLessOrEqual(log.memory, 4 * 10_000);
  assertEquals(log.after(98), {
    text: `${"x".repeat(1_000)}\n${"x".repeat(1_000)}`,
    bytes: 2_002,
    last: 100,
  });
  log.push(101, "after");
  assertEquals(log.after(100), { text: "after", bytes: 6, last: 101 });
});

Deno.test("message log: a number that does not follow begins it anew", () => {
  const log = new MessageLog({ messages: 10, bytes: 0 });
  for (const seq of [1, 2, 5, 6]) log.push(seq, `${seq}`);
  assertEquals([log.first, log.after(0), log.after(5)], [
    5,
    { text: "5\n6", bytes: 4, last: 6 },
    { text: "6", bytes: 2, last: 6 },
  ]);
});
