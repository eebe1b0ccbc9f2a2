// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import en from "../../static/languages/en.js";
import { Passing } from "../../static/room/passing.js";

/** What is told after these. */
function told(...changes: ((people: Passing) => void)[]): string {
  const people = new Passing();
  for (const change of changes) change(people);
  return people.text(en);
}

const join = (id: string, name = id) => (people: Passing) => people.join(id, name);
const leave = (id: string, name = id) => (people: Passing) => people.leave(id, name);
const rename = (id: string, before: string, name: string, own = false) => (people: Passing) =>
  people.rename(id, before, name, own);

Deno.test("passing: who came, and how many with them", () => {
  assertEquals(told(join("Ann")), "Ann joined");
  assertEquals(told(join("Ann"), join("Ben")), "Ann and 1 other joined");
  assertEquals(told(join("Ann"), join("Ben"), join("Cem"), join("Dee")), "Ann and 3 others joined");
});

Deno.test("passing: comings and goings stand in one line", () => {
  assertEquals(told(leave("Ann"), join("Ben"), leave("Cem")), "Ben joined · Ann and 1 other left");
});

Deno.test("passing: who came and went again, or went and came back, is not told", () => {
  assertEquals(told(join("Ann"), leave("Ann")), "");
  assertEquals(told(leave("Ann"), join("Ann"), join("Ben")), "Ben joined");
});

Deno.test("passing: another name is told once, and not of who has just come", () => {
  assertEquals(told(rename("1", "Ann", "Bo"), rename("1", "Bo", "Cem")), "Ann is now Cem");
  assertEquals(told(rename("1", "Ann", "Bo"), rename("1", "Bo", "Ann")), "");
  assertEquals(told(join("1", "Ann"), rename("1", "Ann", "Bo")), "Bo joined");
  assertEquals(told(rename("1", "Ann", "Bo"), leave("1", "Bo")), "Ann left");
});

Deno.test("passing: one's own other name is told as to oneself", () => {
  assertEquals(told(rename("1", "Ann", "Bo", true)), "You are now Bo");
  assertEquals(
    told(rename("1", "Ann", "Bo", true), rename("1", "Bo", "Cem", true)),
    "You are now Cem",
  );
  assertEquals(told(rename("1", "Ann", "Bo", true), rename("1", "Bo", "Ann", true)), "");
});
