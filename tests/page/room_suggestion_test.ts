// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { suggestRoom } from "../../static/room_suggestion.js";

Deno.test("room suggestion: the words are proquints", () => {
  // the examples of arXiv:0901.4016: 127.0.0.1 and 63.84.220.193
  assertEquals(suggestRoom(Uint16Array.of(0x7f00, 0x0001)), "lusab-babad");
  assertEquals(suggestRoom(Uint16Array.of(0x3f54, 0xdcc1)), "gutih-tugad");
});

Deno.test("room suggestion: each word's 16 bits make a word of their own", () => {
  const words = suggestRoom(Uint16Array.from({ length: 65_536 }, (_, bits) => bits)).split("-");
  assertEquals(new Set(words).size, 65_536);
});

Deno.test("room suggestion: a name has four words, and is another each time", () => {
  const names = Array.from({ length: 1000 }, () => suggestRoom());
  for (const name of names) assertMatch(name, /^([a-z]{5}-){3}[a-z]{5}$/);
  assertEquals(new Set(names).size, 1000);
});
