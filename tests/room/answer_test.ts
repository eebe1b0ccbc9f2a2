// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { seqs, TestRoom } from "../support/test_room.ts";

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
