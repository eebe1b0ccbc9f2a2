// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { PlainTexts } from "../server/plain_texts.ts";

const line = (seq: number, message: string) => JSON.stringify({ seq, message, at: 1 });

Deno.test("plain texts: a line is made once, whoever asks", () => {
  const texts = new PlainTexts();
  assertEquals(texts.get(1, line(1, "hi")), '{"message":"hi"}');
  // what is known by its number is not read again
  assertEquals(texts.get(1, "unreadable"), '{"message":"hi"}');
  texts.clear();
  assertEquals(texts.get(1, line(1, "another log")), '{"message":"another log"}');
});

Deno.test("plain texts: no more than a limit is kept", () => {
  const texts = new PlainTexts();
  const long = "x".repeat(100_000);
  for (const seq of [1, 2, 3, 4]) texts.get(seq, line(seq, long));
  // the first three went when the fourth came
  assertEquals(texts.get(4, "unreadable").length, 100_014);
  assertEquals(texts.get(1, line(1, "anew")), '{"message":"anew"}');
});
