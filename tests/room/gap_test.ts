// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MOST_BUFFERED } from "../../server/backlog.ts";
import { messages, NEEDED, TestRoom } from "../support/test_room.ts";

Deno.test("room: a gap in the log is told where it is", () => {
  using test = new TestRoom({}, messages(1, 3));
  const { connection, member } = test.join({ resume: { epoch: "e", after: 3 } });
  test.say("before");
  test.room.gap({ epoch: "e", seq: 7 });
  test.room.message({ seq: 8, message: "after", at: 1 });
  test.fanOut.flush();
  assertEquals(connection.objects, [
    { seq: 4, message: "before", at: 1 },
    { type: "gap", seq: 7 },
    { seq: 8, message: "after", at: 1 },
  ]);
  assertEquals(member.skipped, 7);
  assertEquals(test.join().starts, [{ epoch: "e", seq: 7, gap: false }]);
});

Deno.test("room: a log that began anew is a new welcome for all, with a gap", () => {
  using test = new TestRoom({}, messages(1, 3));
  const { connection, starts } = test.join();
  test.say("before");
  test.room.gap({ epoch: "f", seq: 0 });
  test.room.message({ seq: 1, message: "after", at: 1 });
  test.fanOut.flush();
  assertEquals(starts.at(-1), { epoch: "f", seq: 0, gap: true });
  assertEquals(connection.objects.slice(3), [
    { seq: 4, message: "before", at: 1 },
    { seq: 1, message: "after", at: 1 },
  ]);
});

Deno.test("room: what slow readers were sent of one log is not sent to them of the next", () => {
  using test = new TestRoom();
  const joined = [test.join(), test.join()];
  for (const round of ["first log", "second log"]) {
    for (const { connection } of joined) connection.bufferedAmount = MOST_BUFFERED + 1;
    test.room.message({ seq: 1, message: round, at: 1 });
    test.fanOut.flush();
    for (const { connection } of joined) {
      connection.read();
    }
    test.room.presence(round, round);
    test.fanOut.flush();
    test.room.gap({ epoch: round, seq: 0 });
    test.fanOut.flush();
  }
  for (const { connection } of joined) {
    const texts = connection.objects.flatMap(({ message }) => message ?? []);
    assertEquals(texts, ["first log", "second log"]);
  }
});

Deno.test("room: a gap before a member is welcomed is part of its welcome", () => {
  using test = new TestRoom({}, messages(1, 10));
  const { member, starts, connection } = test.join({
    resume: { epoch: "e", after: 5 },
    open: false,
  });
  test.room.gap({ epoch: "e", seq: 20 });
  connection.open = true;
  test.open(member);
  assertEquals(starts, [{ epoch: "e", seq: 20, gap: true }]);
});

Deno.test("room: a gap in the log begins, for who was at the head, where that was", () => {
  using test = new TestRoom();
  const { connection } = test.join();
  test.flood(5);
  test.room.gap({ epoch: "e", seq: 5 });
  assertEquals(connection.objects.filter(({ type }) => type === "gap"), []);
});

Deno.test("room: who is ahead is welcomed to a log that began anew, too", () => {
  using test = new TestRoom();
  const { starts } = test.join({ resume: { epoch: "e", after: 12 } });
  test.room.gap({ epoch: "f", seq: 0 });
  test.fanOut.flush();
  assertEquals(starts.at(-1), { epoch: "f", seq: 0, gap: true });
});

Deno.test("room: a plain member that was behind when the log began anew is put out: it has missed something", () => {
  using test = new TestRoom();
  const [behind, atHead] = [test.join({ plain: true }), test.join({ plain: true })];
  behind.connection.bufferedAmount = 40_000;
  test.say("1");
  test.fanOut.flush();
  test.room.gap({ epoch: "f", seq: 0 });
  behind.connection.read();
  test.room.message({ seq: 1, message: "new", at: 1 });
  test.fanOut.flush();
  assertEquals([behind.connection.codes, behind.connection.frames], [[1013], []]);
  assertEquals(atHead.connection.objects, [{ message: "1" }, { message: "new" }]);
});

Deno.test("room: a plain member that is still connecting begins behind what the layer lost, and is put out if it misses more", () => {
  for (const [said, codes, heard] of [[3, [], 3], [NEEDED + 1, [1013], 0]] as const) {
    using test = new TestRoom({ messages: 300 });
    const { connection, member } = test.join({ plain: true, open: false });
    test.room.gap({ epoch: "e", seq: 5 });
    for (let n = 1; n <= said; n++) {
      test.room.message({ seq: 5 + n, message: `${n}`, at: 1 });
      test.fanOut.flush();
    }
    connection.open = true;
    test.open(member);
    assertEquals([connection.codes, connection.frames.length], [codes, heard]);
  }
});
