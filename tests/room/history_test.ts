// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Resume } from "../../server/member.ts";
import { messages, NEEDED, seqs, TestRoom } from "../support/test_room.ts";

Deno.test("room: a newcomer gets the history, in order, once", () => {
  using test = new TestRoom({}, messages(1, 500));
  test.say("pending");
  const { connection, starts } = test.join();
  test.fanOut.flush();
  assertEquals(starts, [{ epoch: "e", seq: 0, gap: false }]);
  assertEquals(seqs(connection), [...messages(1, 501)].map(({ seq }) => seq));
});

Deno.test("room: a newcomer gets no more history than the limit", () => {
  using test = new TestRoom({ messages: 2 }, messages(4, 5));
  test.flood(100);
  assertEquals(test.join().starts[0]!.seq, 103);
});

Deno.test("room: without history a newcomer gets what comes from now on", () => {
  using test = new TestRoom({ messages: 0 });
  test.flood(3);
  const { connection, starts } = test.join();
  test.say("new");
  test.fanOut.flush();
  assertEquals(starts[0]!.seq, 3);
  assertEquals(seqs(connection), [4]);
});

Deno.test("room: who comes back gets exactly what it missed", () => {
  using test = new TestRoom({}, messages(1, 10));
  const { connection, starts } = test.join({ resume: { epoch: "e", after: 7 } });
  assertEquals(starts, [{ epoch: "e", seq: 7, gap: false }]);
  assertEquals(seqs(connection), [8, 9, 10]);
  assertEquals(test.join({ resume: { epoch: "e", after: 10 } }).connection.frames, []);
});

Deno.test("room: who comes back from a node that is ahead gets what it has not had", () => {
  using test = new TestRoom({}, messages(1, 10));
  const { connection, starts } = test.join({ resume: { epoch: "e", after: 12 } });
  test.room.presence("b", "Bob");
  test.fanOut.flush();
  test.say("11");
  test.room.presence("c", "Cid");
  test.fanOut.flush();
  test.room.gap({ epoch: "e", seq: 12 });
  for (const text of ["13", "14"]) test.room.message({ seq: +text, message: text, at: 1 });
  test.fanOut.flush();
  assertEquals(starts, [{ epoch: "e", seq: 12, gap: false }]);
  assertEquals(connection.objects.map(({ type, seq }) => type ?? seq), ["join", "join", 13, 14]);
});

const GAPS: [what: string, resume: Resume][] = [
  ["another epoch", { epoch: "f", after: 8 }],
  ["a place that is no longer kept", { epoch: "e", after: 3 }],
];
for (const [what, resume] of GAPS) {
  Deno.test(`room: who comes back from ${what} is told of the gap and gets the history`, () => {
    using test = new TestRoom({}, messages(5, 10));
    const { connection, starts } = test.join({ resume });
    assertEquals(starts, [{ epoch: "e", seq: 4, gap: true }]);
    assertEquals(seqs(connection), [5, 6, 7, 8, 9, 10]);
  });
}

Deno.test("room: what is said before a member's connection opens reaches it then", () => {
  using test = new TestRoom();
  for (const plain of [false, true]) {
    const { connection, member } = test.join({ plain, open: false });
    test.say(`before, ${plain}`);
    test.fanOut.flush();
    assertEquals(connection.frames, []);
    connection.open = true;
    test.open(member);
    assertEquals(connection.objects.at(-1).message, `before, ${plain}`);
    test.room.delete(member);
  }
});

Deno.test("room: what leaves the history before a newcomer's connection opens is no gap for it", () => {
  using test = new TestRoom({ messages: 300 });
  test.flood(400);
  const newcomer = test.join({ open: false });
  const back = test.join({ open: false, resume: { epoch: "e", after: 100 } });
  test.flood(NEEDED);
  for (const { connection, member } of [newcomer, back]) {
    connection.open = true;
    test.open(member);
  }
  assertEquals(newcomer.starts, [{ epoch: "e", seq: 400, gap: false }]);
  assertEquals(seqs(newcomer.connection), messages(401, 400 + NEEDED).map(({ seq }) => seq));
  // who was there before is told
  assertEquals(back.starts, [{ epoch: "e", seq: 100, gap: false }]);
  assertEquals(back.connection.objects[0], { type: "gap", seq: 400 });
  assertEquals(seqs(back.connection).slice(1), seqs(newcomer.connection));
});

Deno.test("room: who comes back to the oldest message that is kept has it, whatever is said meanwhile", () => {
  using test = new TestRoom({ messages: 300 }, messages(1, 300));
  const { connection, member } = test.join({ resume: { epoch: "e", after: 0 }, open: false });
  test.say("301");
  connection.open = true;
  test.open(member);
  assertEquals(seqs(connection), messages(1, 301).map(({ seq }) => seq));
});

Deno.test("room: what is older than the history is sent to nobody who asks for it", () => {
  for (const kept of [0, 5]) {
    using test = new TestRoom({ messages: kept });
    test.flood(30);
    const { connection, starts } = test.join({ resume: { epoch: "e", after: 0 } });
    assertEquals(starts, [{ epoch: "e", seq: 30 - kept, gap: true }]);
    assertEquals(seqs(connection), messages(31 - kept, 30).map(({ seq }) => seq));
  }
});

Deno.test("room: from a log with a hole, or without its end, it starts behind that", () => {
  const holed = [...messages(1, 3), ...messages(6, 7)];
  for (const [history, seq, first] of [[holed, 7, 6], [messages(1, 3), 5, undefined]] as const) {
    using test = new TestRoom({}, history, seq);
    const { connection } = test.join();
    assertEquals(seqs(connection)[0], first);
    test.say("next");
    test.fanOut.flush();
    assertEquals(connection.objects.at(-1), { seq: seq + 1, message: "next", at: 1 });
  }
});
