// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MOST_LISTED } from "../../server/roster.ts";
import { MOST_BUFFERED } from "../../server/backlog.ts";
import { messages, seqs, TestRoom } from "../support/test_room.ts";

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
