// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Batch } from "../server/frames.ts";

const size = (text: string) => new TextEncoder().encode(text).length;

Deno.test("frames: none is longer than it may be, unless it has one message only", () => {
  const lengths = [1, 20_000, 5, 60_000, 5, 5, 30_000, 16_000, 16_000];
  const entries = lengths.map((length, index) => {
    const text = "€".repeat(length / 3) + index;
    return { seq: 8 + index, text, line: JSON.stringify({ seq: 8 + index, message: text }) };
  });
  const frames = new Batch(entries, [], 7).lines(7);
  assertEquals(frames.flatMap(({ text }) => text.split("\n")), entries.map(({ line }) => line));
  assert(frames.length < entries.length);
  for (const { text, bytes, last } of frames) {
    assert(bytes >= size(text));
    assert(bytes <= 48 * 1024 || !text.includes("\n"));
    assertEquals(JSON.parse(text.split("\n").at(-1)!).seq, last);
  }
});

Deno.test("frames: each place has its own, made once, and the news behind", () => {
  const entries = [8, 9].map((seq) => ({ seq, text: `${seq}`, line: `line ${seq}` }));
  const batch = new Batch(entries, ["news"], 7);
  const told = (after: number) => batch.lines(after).map(({ text, last }) => [text, last]);
  assertEquals(told(7), [["line 8\nline 9\nnews", 9]]);
  assertEquals(told(8), [["line 9\nnews", 9]]);
  assertEquals(told(9), [["news", 9]]);
  assertEquals(told(12), [["news", 12]]);
  for (const after of [7, 8]) assert(batch.lines(after) === batch.lines(after));
  assertEquals(new Batch([], [], 7).lines(7), []);
});
