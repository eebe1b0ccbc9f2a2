// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { Ledger, type Verdict, type View, WRONGS } from "./ledger.ts";

/** Two clients in one room; the first says "a", "b", "c", and hears them back. */
function chat(): { ledger: Ledger; ann: View; bob: View } {
  const ledger = new Ledger();
  const ann = ledger.view("ann");
  const bob = ledger.view("bob");
  for (const view of [ann, bob]) view.welcome("e1", 0);
  ["a", "b", "c"].forEach((text, index) => {
    ledger.say(text);
    ann.show(text, "e1", index + 1, true);
  });
  return { ledger, ann, bob };
}

/** The counts of what is wrong, without the zeros. */
function wrongs(ledger: Ledger): Partial<Verdict> {
  const verdict = ledger.judge();
  const entries = WRONGS.filter((wrong) => verdict[wrong] > 0).map((key) => [key, verdict[key]]);
  return Object.fromEntries(entries);
}

Deno.test("a chat in which all is well has nothing wrong", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.show("b", "e1", 2);
  bob.show("c", "e1", 3);
  assertEquals(wrongs(ledger), {});
  const { said, acknowledged, clients, shown } = ledger.judge();
  assertEquals([said, acknowledged, clients, shown], [3, 3, 2, 6]);
  assertEquals(bob.isLast, true);
  assertEquals(ledger.complaints, []);
});

Deno.test("a message that never comes is lost", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.show("b", "e1", 2);
  assertEquals(wrongs(ledger), { lost: 1 });
  assertEquals(bob.isLast, false);
  assertMatch(ledger.complaints[0]!, /bob lost "c"/);
});

Deno.test("a message that comes twice is doubled", () => {
  const { ledger, bob } = chat();
  for (const seq of [1, 2]) bob.show("ab"[seq - 1]!, "e1", seq);
  bob.show("b", "e1", 2);
  bob.show("c", "e1", 3);
  assertEquals(wrongs(ledger), { doubled: 1 });
});

Deno.test("a message that comes again under another number is doubled", () => {
  const { ledger, ann, bob } = chat();
  for (const seq of [1, 2, 3]) bob.show("abc"[seq - 1]!, "e1", seq);
  bob.show("b", "e1", 4);
  ann.show("b", "e1", 4);
  assertEquals(wrongs(ledger), { doubled: 2 });
});

Deno.test("a message behind a later one is disordered, and the hole before it was silent", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.show("c", "e1", 3);
  bob.show("b", "e1", 2);
  assertEquals(wrongs(ledger), { disordered: 1, silentGaps: 1 });
});

Deno.test("two orders of the same messages are disorder, though each is a succession of numbers", () => {
  const { ledger, bob } = chat();
  bob.show("b", "e1", 1);
  bob.show("a", "e1", 2);
  bob.show("c", "e1", 3);
  assertEquals(wrongs(ledger).disordered, 2);
});

Deno.test("a hole that nobody mentions is a silent gap and a loss", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.show("c", "e1", 3);
  assertEquals(wrongs(ledger), { lost: 1, silentGaps: 1 });
});

Deno.test("a hole that the client was told of is neither, and is counted", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.gap("e1", 2);
  bob.show("c", "e1", 3);
  assertEquals(wrongs(ledger), {});
  assertEquals(ledger.judge().told, 1);
  assertEquals(ledger.judge().gaps, 1);
});

Deno.test("one gap told excuses one hole only", () => {
  const { ledger, ann, bob } = chat();
  for (const [index, text] of ["d", "e"].entries()) {
    ledger.say(text);
    ann.show(text, "e1", index + 4, true);
  }
  bob.show("a", "e1", 1);
  bob.gap("e1", 2);
  bob.show("c", "e1", 3);
  bob.show("e", "e1", 5);
  assertEquals(wrongs(ledger), { lost: 1, silentGaps: 1 });
});

Deno.test("a new log must be announced as a gap", () => {
  for (const told of [true, false]) {
    const { ledger, ann, bob } = chat();
    for (const seq of [1, 2]) bob.show("ab"[seq - 1]!, "e1", seq);
    ledger.say("d");
    for (const view of [ann, bob]) {
      if (told) view.gap("e2", 0);
      view.show("d", "e2", 1, view === ann);
    }
    assertEquals(wrongs(ledger), told ? {} : { lost: 1, silentGaps: 2 });
  }
});

Deno.test("what was said again in a new log is not shown again to who had it from the old one", () => {
  const { ledger, ann, bob } = chat();
  for (const seq of [1, 2, 3]) bob.show("abc"[seq - 1]!, "e1", seq);
  for (const text of ["d", "e"]) ledger.say(text);
  // the speaker was cut before it heard "d", which bob has, back
  bob.show("d", "e1", 4);
  for (const view of [ann, bob]) view.gap("e2", 0);
  ann.show("d", "e2", 1, true);
  assertEquals(bob.isLast, false);
  bob.repeat("d", "e2", 1);
  for (const view of [ann, bob]) view.show("e", "e2", 2, view === ann);
  assertEquals(wrongs(ledger), {});
});

Deno.test("a repeat of what was never shown, or behind a hole, is wrong", () => {
  const { ledger, bob } = chat();
  for (const seq of [1, 2]) bob.show("ab"[seq - 1]!, "e1", seq);
  bob.gap("e2", 0);
  bob.repeat("c", "e2", 1);
  bob.repeat("b", "e2", 2);
  assertEquals(wrongs(ledger), { disordered: 1, silentGaps: 1 });
});

Deno.test("going back to an earlier log is disorder", () => {
  const { ledger, ann } = chat();
  ann.gap("e2", 0);
  ledger.say("d");
  ann.show("d", "e2", 1, true);
  ledger.say("e");
  ann.gap("e1", 3);
  ann.show("e", "e1", 4);
  assertEquals(wrongs(ledger).disordered, 1);
});

Deno.test("the late answer to a message of our own that lay in a told gap is in order", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.gap("e1", 2);
  bob.show("c", "e1", 3);
  bob.show("b", "e1", 2, true);
  assertEquals(wrongs(ledger), {});
});

Deno.test("answers to messages of our own in a told gap are in order before anything behind it", () => {
  const { ledger, bob } = chat();
  bob.show("a", "e1", 1);
  bob.gap("e1", 3);
  bob.show("b", "e1", 2, true);
  bob.show("c", "e1", 3, true);
  assertEquals(wrongs(ledger), {});
});

Deno.test("a message that nobody said is invented", () => {
  const { ledger, ann } = chat();
  ann.show("spam", "e1", 4);
  assertEquals(wrongs(ledger).invented, 1);
});

Deno.test("a message without an answer is unanswered, unless it was refused for good", () => {
  const { ledger, bob } = chat();
  for (const seq of [1, 2, 3]) bob.show("abc"[seq - 1]!, "e1", seq);
  ledger.say("d");
  assertEquals(wrongs(ledger), { unanswered: 1 });
  ledger.withdraw("d");
  assertEquals(wrongs(ledger), {});
});

Deno.test("a client owes only what came between its welcome and its leave", () => {
  const { ledger } = chat();
  const cid = ledger.view("cid");
  cid.welcome("e1", 1);
  cid.show("b", "e1", 2);
  cid.leave();
  ledger.view("dan").welcome("e1", 3);
  const eve = ledger.view("eve");
  eve.welcome("e1", 1);
  assertEquals(wrongs(ledger), { lost: 3 + 2 });
});
