// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MOST_LISTED, Roster } from "../server/roster.ts";

Deno.test("roster: who came and went between two looks is not worth a word", () => {
  const roster = new Roster();
  roster.set("a", "Ann");
  roster.set("a", undefined);
  assertEquals(roster.takeNews(), { lines: [], whole: false });
});

Deno.test("roster: who left and came back is news only under another name", () => {
  const roster = new Roster();
  roster.load([{ id: "a", name: "Ann" }, { id: "b", name: "Ben" }]);
  for (const [id, name] of [["a", "Ann"], ["b", "Bob"]] as const) {
    roster.set(id, undefined);
    roster.set(id, name);
  }
  assertEquals(roster.takeNews().lines, ['{"type":"name","id":"b","name":"Bob"}']);
});

Deno.test("roster: what is known is no news", () => {
  const roster = new Roster();
  roster.load([{ id: "a", name: "Ann" }]);
  assertEquals(roster.set("a", "Ann"), false);
  assertEquals(roster.set("b", undefined), false);
  assertEquals(roster.changed, false);
});

Deno.test("roster: when a big room becomes small, its members are told as a whole", () => {
  const roster = new Roster();
  for (let n = 0; n <= MOST_LISTED; n++) roster.set(`${n}`, `Name ${n}`);
  assertEquals(roster.takeNews().lines, [`{"type":"count","count":${MOST_LISTED + 1}}`]);
  assertEquals(roster.list(), undefined);
  roster.set("0", undefined);
  assertEquals(roster.takeNews(), { lines: [], whole: true });
  assertEquals(roster.list()!.length, MOST_LISTED);
});
