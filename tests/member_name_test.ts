// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import {
  foldName,
  NAME_LENGTH,
  nameCandidates,
  nameProblem,
  tidyName,
} from "../server/member_name.ts";

Deno.test("member name: what a member may be called, and what not", () => {
  for (
    const name of ["Ann", "你好", "O'Neill", "👩\u200D👧", "x".repeat(32), "😀".repeat(32), "نور"]
  ) {
    assertEquals(nameProblem(name), undefined, name);
  }
  const problems = {
    name_empty: ["", " ", "\u200B", "\u2800", "\uFFF9", "\uFFFC"],
    name_characters: ["a\nb", "\x07", "a\u202Eb", "\u2066x", "\uD800x"],
    name_too_long: ["x".repeat(33), "😀".repeat(33)],
  };
  for (const [problem, names] of Object.entries(problems)) {
    for (const name of names) assertEquals(nameProblem(name), problem, JSON.stringify(name));
  }
});

Deno.test("member name: spaces around and runs of them within do not count", () => {
  assertEquals(tidyName("  Ann \t of  Cleves "), "Ann of Cleves");
});

const SAME: [string, string][] = [
  ["Ann", "aNN"],
  ["Straße", "STRASSE"],
  ["ΣΊΣΥΦΟΣ", "σίσυφος"],
  ["Ａｎｎ", "Ann"],
  ["caf\u00e9", "cafe\u0301"],
  ["A\u200Bnn", "Ann"],
  ["Ann\u2800", "Ann"],
  ["ﬁn", "fin"],
  ["Ann  B", "Ann B"],
];
for (const [one, two] of SAME) {
  Deno.test(`member name: "${one}" and "${two}" are one`, () => {
    assertEquals(foldName(one), foldName(two));
  });
}

Deno.test("member name: folding again changes nothing", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assertEquals(foldName(foldName(text)), foldName(text));
  }));
  assertNotEquals(foldName("Ann"), foldName("Anne"));
});

Deno.test("member name: for a name that is taken there is always another one", () => {
  const take = (wanted: string | undefined, count: number) => {
    const names: string[] = [];
    for (const name of nameCandidates(wanted)) {
      names.push(name);
      if (names.length === count) break;
    }
    return names;
  };
  assertEquals(take("Ann", 3), ["Ann", "Ann 2", "Ann 3"]);
  assertEquals(take("x".repeat(32), 2)[1], `${"x".repeat(30)} 2`);
  for (const name of [...take("😀".repeat(32), 20), ...take(undefined, 20)]) {
    assert([...name].length <= NAME_LENGTH);
    assertEquals(nameProblem(name), undefined, name);
  }
  const long = take("Ann", 40).filter((name) => /^Ann \d{9}$/.test(name));
  assert(long.length > 20, "more than all shorter numbers");
  assert(take(undefined, 1)[0]!.startsWith("Guest "));
  assertEquals(new Set(take("Ann", 9).map(foldName)).size, 9);
});
