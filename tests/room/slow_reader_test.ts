// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { MOST_BUFFERED } from "../../server/backlog.ts";
import { messages, NEEDED, seqs, TestRoom } from "../support/test_room.ts";

Deno.test("room: a slow reader is left behind, bounded, and catches up without hole or double", () => {
  using test = new TestRoom();
  const [slow, fast, plain] = [test.join(), test.join(), test.join({ plain: true })];
  slow.connection.stopped = plain.connection.stopped = true;
  test.flood(900);
  for (const { connection } of [slow, plain]) {
    assert(connection.bufferedAmount > MOST_BUFFERED / 2);
    assert(connection.bufferedAmount <= MOST_BUFFERED);
  }
  assertEquals(seqs(fast.connection).length, 900);
  slow.connection.read();
  plain.connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(seqs(slow.connection), seqs(fast.connection));
  assertEquals(plain.connection.objects.length, 901);
  test.say("at the head again");
  test.fanOut.flush();
  assertEquals(slow.connection.frames.at(-1), fast.connection.frames.at(-1));
});

Deno.test("room: what fits into a socket is sent, also where a longer part would not fit", () => {
  using test = new TestRoom();
  test.say("before");
  test.fanOut.flush();
  const { connection, member } = test.join({ open: false, resume: { epoch: "e", after: 0 } });
  connection.open = connection.stopped = true;
  connection.bufferedAmount = MOST_BUFFERED - 1_000;
  test.open(member);
  test.say("x".repeat(600));
  test.fanOut.flush();
  test.say("y".repeat(600));
  test.fanOut.flush();
  assertEquals(seqs(connection), [1, 2]);
});

Deno.test("room: a reader that is slower than the log is long is told of the gap", () => {
  using test = new TestRoom({ messages: 300 });
  const { connection, member } = test.join();
  connection.stopped = true;
  test.flood(NEEDED + 800);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  const all = seqs(connection);
  const gap = all.indexOf(undefined);
  assertEquals(connection.objects[gap], { type: "gap", seq: 801 });
  assertEquals(all.indexOf(undefined, gap + 1), -1, "one gap");
  assertEquals(all.slice(0, gap), [...all.keys()].slice(1, gap + 1));
  assertEquals(all.slice(gap + 1), Array.from({ length: NEEDED }, (_, n) => 802 + n));
  assertEquals(member.skipped, 801);
});

Deno.test("room: for a slow reader more is kept than for newcomers", () => {
  using test = new TestRoom({ messages: 300 });
  const { connection } = test.join();
  connection.stopped = true;
  test.flood(1000);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(seqs(connection), messages(1, 1001).map(({ seq }) => seq));
  test.say("later");
  assertEquals(test.join({ resume: { epoch: "e", after: 701 } }).starts[0]!.gap, true);
});

Deno.test("room: when the slow reader has left, no more is kept than for newcomers", () => {
  using test = new TestRoom({ messages: 300 });
  const { connection, member } = test.join();
  connection.stopped = true;
  test.flood(1000);
  test.room.delete(member);
  test.flood(1000);
  assertEquals(test.join({ resume: { epoch: "e", after: 1600 } }).starts[0]!.gap, true);
});

Deno.test("room: plain members that are behind get each message in a frame, from wherever they are", () => {
  using test = new TestRoom();
  const [one, two] = [test.join({ plain: true }), test.join({ plain: true })];
  one.connection.stopped = true;
  test.flood(100);
  two.connection.stopped = true;
  test.flood(100);
  for (const { connection } of [one, two]) connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(one.connection.frames.length, 201);
  assertEquals(two.connection.frames, one.connection.frames);
  assertEquals(two.connection.objects.at(-1), { message: "last" });
});

Deno.test("room: a plain member that is slower than the log is long is put out: it knows no gaps", () => {
  using test = new TestRoom({ messages: 300 });
  const { connection, member } = test.join({ plain: true });
  let dropped = 0;
  member.onDropped = () => dropped++;
  connection.stopped = true;
  test.flood(NEEDED + 800);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(connection.codes, [1013]);
  assertEquals(dropped, 1);
});
