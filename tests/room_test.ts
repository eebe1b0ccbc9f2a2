// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { MOST_NEEDED } from "../server/layers/message_log.ts";
import type { Resume } from "../server/member.ts";
import { MOST_LISTED } from "../server/roster.ts";
import { MOST_BUFFERED } from "../server/backlog.ts";
import { RecordingConnection } from "./support/recording_connection.ts";
import { TestRoom } from "./support/test_room.ts";

/** So many are kept for who is slow in a room with a history of 300. */
const NEEDED = MOST_NEEDED * 300;

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    seq: from + n,
    message: `${from + n}`,
    at: 1,
  }));
/** The numbers of the messages, and `undefined` for what is none. */
const seqs = ({ objects }: RecordingConnection) =>
  objects.map(({ type, seq }) => type === undefined ? seq : undefined);

Deno.test("room: members at the head get one and the same frame for all that came in", () => {
  using test = new TestRoom();
  const [one, two] = [test.join(), test.join()];
  test.say("a");
  test.say("b");
  assertEquals(one.connection.frames, []);
  test.fanOut.flush();
  assertEquals(one.connection.frames, [
    '{"seq":1,"message":"a","at":1}\n{"seq":2,"message":"b","at":1}',
  ]);
  assertEquals(two.connection.frames, one.connection.frames);
});

Deno.test("room: a plain member gets one message a frame, and nothing of the past", () => {
  using test = new TestRoom({}, messages(1, 3));
  const { connection } = test.join({ plain: true });
  test.say("a");
  test.say("b");
  test.fanOut.flush();
  assertEquals(connection.frames, ['{"message":"a"}', '{"message":"b"}']);
});

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

Deno.test("room: a batch that is large waits no longer", () => {
  using test = new TestRoom();
  test.join();
  test.fanOut.marks = [];
  for (let n = 0; n < 80; n++) test.say("x".repeat(1000));
  assertEquals([...new Set(test.fanOut.marks)], [true, false]);
});

Deno.test("room: who spoke is sent what came in, and the others later, all in order and once", () => {
  using test = new TestRoom();
  const [ann, ben] = [test.join(), test.join()];
  test.fanOut.still = true;
  test.room.expectAnswer(ann.member);
  test.say("1");
  test.say("2", ann.member.id);
  test.room.answer();
  assertEquals([seqs(ann.connection), seqs(ben.connection)], [[1, 2], []]);
  test.say("3");
  test.room.answer();
  assertEquals(seqs(ann.connection), [1, 2], "nobody has spoken since");
  test.say("4", ann.member.id);
  test.room.flush();
  assertEquals([seqs(ann.connection), seqs(ben.connection)], [[1, 2, 3, 4], [1, 2, 3, 4]]);
  test.say("5", ann.member.id);
  test.room.delete(ann.member);
  test.room.flush();
  assertEquals([seqs(ann.connection), seqs(ben.connection)], [[1, 2, 3, 4], [1, 2, 3, 4, 5]]);
});

Deno.test("room: who spoke is answered with the others when that is as soon", () => {
  using test = new TestRoom();
  const [ann, ben] = [test.join(), test.join()];
  test.room.expectAnswer(ann.member);
  test.say("1", ann.member.id);
  test.room.answer();
  assertEquals([seqs(ann.connection), seqs(ben.connection)], [[], []]);
  test.fanOut.flush();
  assertEquals([seqs(ann.connection), seqs(ben.connection)], [[1], [1]]);
});

Deno.test("room: a plain member that spoke is answered too", () => {
  using test = new TestRoom();
  const [ann, ben] = [test.join({ plain: true }), test.join({ plain: true })];
  test.fanOut.still = true;
  test.room.expectAnswer(ann.member);
  test.say("1");
  test.say("2", ann.member.id);
  test.room.answer();
  test.say("3");
  assertEquals(ann.connection.objects, [{ message: "1" }, { message: "2" }]);
  test.room.flush();
  assertEquals(ann.connection.objects, ben.connection.objects);
  assertEquals(ben.connection.objects.length, 3);
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

Deno.test("room: waiting is worth it only where most members share frames", () => {
  using test = new TestRoom();
  const marked = () => {
    test.fanOut.marks = [];
    test.say("hi");
    test.fanOut.flush();
    return test.fanOut.marks[0];
  };
  const plain = [test.join({ plain: true }), test.join({ plain: true })];
  assertEquals(marked(), false);
  const others = [test.join(), test.join()];
  assertEquals(marked(), false);
  test.room.delete(plain[0]!.member);
  assertEquals(marked(), true);
  for (const { member } of others) test.room.delete(member);
  assertEquals(marked(), false);
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

Deno.test("room: who came, left and was renamed is told with the messages of that turn", () => {
  using test = new TestRoom();
  const [one, plain] = [test.join(), test.join({ plain: true })];
  test.room.presence("a", "Ann");
  test.room.presence("b", "Ben");
  test.say("hi");
  test.fanOut.flush();
  test.room.presence("a", "Anna");
  test.room.presence("b", undefined);
  test.fanOut.flush();
  assertEquals(one.connection.frames, [
    '{"seq":1,"message":"hi","at":1}\n' +
    '{"type":"join","id":"a","name":"Ann"}\n{"type":"join","id":"b","name":"Ben"}',
    '{"type":"name","id":"a","name":"Anna"}\n{"type":"leave","id":"b","name":"Ben"}',
  ]);
  assertEquals(plain.connection.objects, [{ message: "hi" }]);
});

Deno.test("room: a slow reader is told who came and left when it is at the head again", () => {
  using test = new TestRoom();
  const { connection, starts } = test.join();
  connection.stopped = true;
  test.flood(400);
  for (const name of ["Ann", undefined, "Anna"]) {
    test.room.presence("a", name);
    test.fanOut.flush();
  }
  assertEquals(connection.objects.some(({ type }) => type !== undefined), false);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(seqs(connection).slice(0, 401), messages(1, 401).map(({ seq }) => seq));
  assertEquals(connection.objects.slice(401), [
    { type: "join", id: "a", name: "Ann" },
    { type: "leave", id: "a", name: "Ann" },
    { type: "join", id: "a", name: "Anna" },
  ]);
  assertEquals(starts.length, 1);
});

Deno.test("room: a slow reader that missed more than is kept is welcomed again at the head", () => {
  using test = new TestRoom();
  const { connection, starts } = test.join();
  connection.stopped = true;
  test.flood(400);
  for (let n = 0; n <= MOST_LISTED; n++) {
    test.room.presence("a", `Name ${n}`);
    test.fanOut.flush();
  }
  assertEquals(starts.length, 1);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(starts, [
    { epoch: "e", seq: 0, gap: false },
    { epoch: "e", seq: 401, gap: false },
  ]);
  assertEquals(seqs(connection), messages(1, 401).map(({ seq }) => seq));
});

Deno.test("room: of more than 200 members the number alone is told, until they are fewer", () => {
  using test = new TestRoom();
  const { connection, starts } = test.join();
  const come = (from: number, to: number) => {
    for (let n = from; n <= to; n++) test.room.presence(`${n}`, `Name ${n}`);
    test.fanOut.flush();
  };
  come(1, 200);
  assertEquals(connection.objects.length, 200);
  come(201, 203);
  assertEquals(connection.objects.slice(200), [{ type: "count", count: 203 }]);
  assertEquals(test.room.members, undefined);
  test.room.presence("1", undefined);
  test.room.presence("2", "Other");
  test.fanOut.flush();
  assertEquals(connection.objects.slice(201), [{ type: "count", count: 202 }]);
  for (const id of ["3", "4"]) test.room.presence(id, undefined);
  test.fanOut.flush();
  assertEquals(connection.objects.length, 202);
  assertEquals(starts.length, 2);
  assertEquals(test.room.members!.length, 200);
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

Deno.test("room: typing alone is nothing that a slow reader must be told later", () => {
  using test = new TestRoom();
  const { connection, starts } = test.join();
  connection.stopped = true;
  test.flood(400);
  test.room.typing("a");
  test.fanOut.flush();
  connection.read();
  test.say("last");
  test.fanOut.flush();
  assertEquals(starts.length, 1);
  assertEquals(seqs(connection).at(-1), 401);
});

Deno.test("room: typing is told once a turn", () => {
  using test = new TestRoom();
  const { connection } = test.join();
  for (const id of ["a", "b", "a"]) test.room.typing(id);
  test.fanOut.flush();
  assertEquals(connection.objects, [{ type: "typing", id: "a" }, { type: "typing", id: "b" }]);
});

Deno.test("room: who left hears nothing more", () => {
  using test = new TestRoom();
  const { connection, member } = test.join();
  test.say("a");
  test.room.delete(member);
  test.fanOut.flush();
  assertEquals(connection.frames, []);
  assertEquals(connection.codes, []);
});

Deno.test("room: a gap in the log begins, for who was at the head, where that was", () => {
  using test = new TestRoom();
  const { connection } = test.join();
  test.flood(5);
  test.room.gap({ epoch: "e", seq: 5 });
  assertEquals(connection.objects.filter(({ type }) => type === "gap"), []);
});

Deno.test("room: when members can be listed again, who was at the head or ahead misses and doubles nothing", () => {
  using test = new TestRoom();
  for (let n = 0; n <= MOST_LISTED; n++) test.room.presence(`p${n}`, "P");
  const [ann, ben] = [test.join(), test.join()];
  test.flood(2);
  test.fanOut.still = true;
  test.room.expectAnswer(ann.member);
  test.say("3", ann.member.id);
  test.room.answer();
  test.say("4");
  test.room.presence("p0", undefined);
  test.room.flush();
  for (const { connection, starts } of [ann, ben]) {
    assertEquals(starts.length, 2);
    assertEquals(connection.objects.flatMap(({ seq }) => seq ?? []), [1, 2, 3, 4]);
  }
});

Deno.test("room: who falls behind by a frame with news is told those later", () => {
  using test = new TestRoom();
  const { connection } = test.join();
  connection.bufferedAmount = MOST_BUFFERED + 1;
  test.room.presence("b", "Bob");
  test.fanOut.flush();
  assertEquals(connection.frames, []);
  connection.read();
  test.room.flush();
  assertEquals(connection.objects, [{ type: "join", id: "b", name: "Bob" }]);
});

Deno.test("room: whose answer came with the flush can be answered again", () => {
  using test = new TestRoom();
  const [ann, ben] = [test.join(), test.join()];
  test.fanOut.still = true;
  test.room.expectAnswer(ann.member);
  for (const text of ["1", "2"]) {
    test.say(text, ann.member.id);
    test.room.flush();
  }
  test.say("3");
  test.room.answer();
  assertEquals([ann, ben].map(({ connection }) => connection.frames.length), [2, 2]);
});

Deno.test("room: who was answered after a flush is sent all that came in since", () => {
  using test = new TestRoom();
  const ann = test.join();
  test.flood(1);
  test.fanOut.still = true;
  test.room.expectAnswer(ann.member);
  for (const text of ["2", "3", "4"]) test.say(text, ann.member.id);
  test.room.answer();
  assertEquals(ann.connection.objects.map(({ seq }) => seq), [1, 2, 3, 4]);
});

Deno.test("room: who is ahead is welcomed to a log that began anew, too", () => {
  using test = new TestRoom();
  const { starts } = test.join({ resume: { epoch: "e", after: 12 } });
  test.room.gap({ epoch: "f", seq: 0 });
  test.fanOut.flush();
  assertEquals(starts.at(-1), { epoch: "f", seq: 0, gap: true });
});

Deno.test("room: who is ahead and hears news is still sent only what it has not had", () => {
  using test = new TestRoom();
  const { connection } = test.join({ resume: { epoch: "e", after: 2 } });
  test.room.presence("b", "Bob");
  test.fanOut.flush();
  for (const text of ["1", "2", "3"]) {
    test.say(text);
    test.fanOut.flush();
  }
  assertEquals(connection.objects.map(({ type, seq }) => type ?? seq), ["join", 3]);
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
