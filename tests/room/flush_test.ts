// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { messages, TestRoom } from "../support/test_room.ts";

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

Deno.test("room: it knows how many frames a flush takes, whether messages share one or not", () => {
  using test = new TestRoom();
  const members = [{}, {}, { plain: true }, { plain: true }, { plain: true }].map((options) =>
    test.join(options)
  );
  const before = members.map(({ connection }) => connection.frames.length);
  for (const text of ["a", "b", "c", "d"]) test.say(text);
  test.fanOut.flush();
  const sent = members.map(({ connection }, index) => connection.frames.length - before[index]!);
  assertEquals(sent, [1, 1, 4, 4, 4]);
  assertEquals([test.room.frames(4), test.room.frames(0)], [14, 2]);
});

Deno.test("room: a batch that is large waits no longer", () => {
  using test = new TestRoom();
  test.join();
  test.fanOut.marks = [];
  for (let n = 0; n < 80; n++) test.say("x".repeat(1000));
  assertEquals([...new Set(test.fanOut.marks)], [true, false]);
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

Deno.test("room: who left hears nothing more", () => {
  using test = new TestRoom();
  const { connection, member } = test.join();
  test.say("a");
  test.room.delete(member);
  test.fanOut.flush();
  assertEquals(connection.frames, []);
  assertEquals(connection.codes, []);
});
