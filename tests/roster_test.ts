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

Deno.test("roster: what was told is kept for those who have not heard it, the newest at least", () => {
  const roster = new Roster();
  const tell = (name: string) => {
    roster.set("a", name);
    return roster.takeNews().lines;
  };
  const first = tell("0");
  assertEquals(roster.toldAfter(0), first);
  const second = tell("1");
  assertEquals([roster.toldAfter(0), roster.toldAfter(1)], [[...first, ...second], second]);
  assertEquals(roster.toldAfter(roster.told), []);
  for (let n = 2; n <= MOST_LISTED; n++) tell(`${n}`);
  assertEquals([roster.toldAfter(0), roster.toldAfter(roster.told)], [undefined, []]);
});

Deno.test("roster: who was told only the number of members is to be told them all", () => {
  const roster = new Roster();
  for (let n = 0; n <= MOST_LISTED; n++) roster.set(`${n}`, `Name ${n}`);
  roster.takeNews();
  const { told } = roster;
  assertEquals(roster.toldAfter(told), []);
  roster.set("0", undefined);
  roster.takeNews();
  assertEquals([roster.toldAfter(told), roster.toldAfter(roster.told)], [undefined, []]);
});
