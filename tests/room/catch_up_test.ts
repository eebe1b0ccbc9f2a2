// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertLess } from "@std/assert";
import { MOST_BUFFERED } from "../../server/backlog.ts";
import type { RoomLimits } from "../../server/room_log.ts";
import { MOST_LISTED } from "../../server/roster.ts";
import { seqs, TestRoom } from "../support/test_room.ts";

/** In place of `performance.now`: a clock that goes when the test says so, in milliseconds. */
class StillClock implements Disposable {
  readonly #now = performance.now;
  now = 0;

  constructor() {
    performance.now = () => this.now;
  }

  [Symbol.dispose](): void {
    performance.now = this.#now;
  }
}

/** A room that is flushed by nothing but the test. */
function newRoom(limits: Partial<RoomLimits> = {}) {
  const test = new TestRoom(limits);
  test.fanOut.still = true;
  const { room } = test;
  /** Joins, and is sent the roster with each welcome. */
  const join = ({ plain = false, onWelcome = () => {} } = {}) => {
    const lists: (string[] | undefined)[] = [];
    const joined = test.join({
      plain,
      onWelcome(connection) {
        lists.push(room.members?.map(({ id }) => id));
        connection.send(JSON.stringify({ type: "welcome", members: room.members }));
        onWelcome();
      },
    });
    return { ...joined, lists };
  };
  return { room, test, join };
}

/** A room in which somebody has been left behind, and who came since, was welcomed, and has not been told. */
async function meetBetweenFlushes() {
  const { room, test, join } = newRoom();
  const slow = join();
  room.flush();
  slow.connection.stopped = true;
  slow.connection.bufferedAmount = MOST_BUFFERED + 1;
  test.say("to fall behind");
  room.flush();
  room.presence("x", "Xena");
  const welcomed = Promise.withResolvers<void>();
  const ann = join({ onWelcome: () => welcomed.resolve() });
  await welcomed.promise;
  return { room, ann };
}

Deno.test("room: a reader that stopped is sent no news of the roster beyond what a socket may hold", () => {
  const { room, join } = newRoom();
  const { connection } = join();
  room.flush();
  connection.stopped = true;
  connection.bufferedAmount = MOST_BUFFERED + 1;
  for (let n = 0; n < 5_000; n++) {
    room.presence("a", `Name ${n}`);
    room.flush();
  }
  room.close();
  assertLess(connection.bufferedAmount, 2 * MOST_BUFFERED);
});

Deno.test("room: nor is it welcomed each time the room has 200 members again", () => {
  const { room, join } = newRoom();
  const { connection, starts } = join();
  for (let n = 0; n < MOST_LISTED; n++) room.presence(`${n}`, `Name ${n}`);
  room.flush();
  connection.stopped = true;
  connection.bufferedAmount = MOST_BUFFERED + 1;
  const before = starts.length;
  for (let n = 0; n < 100; n++) {
    room.presence("last", "Last");
    room.flush();
    room.presence("last", undefined);
    room.flush();
  }
  room.close();
  assertEquals(starts.length, before);
});

Deno.test("room: who is welcomed between two flushes is told of who left before the second", async () => {
  const { room, ann } = await meetBetweenFlushes();
  room.presence("x", undefined);
  room.flush();
  room.close();
  const here = new Set(ann.lists.at(-1));
  for (const { type, id } of ann.connection.objects) {
    if (type === "join") here.add(id);
    if (type === "leave") here.delete(id);
  }
  assertEquals([...here], []);
});

Deno.test("room: who is welcomed between two flushes is not told twice of who came", async () => {
  const { room, ann } = await meetBetweenFlushes();
  room.flush();
  room.close();
  const told = ann.connection.objects.filter(({ type, members }) =>
    type === "join" || members?.some(({ id }: { id: string }) => id === "x")
  );
  assertEquals(told.length, 1);
});

for (const [messages, counts] of [[0, [800, 1_500]], [1000, [800, 1_500, 6_000]]] as const) {
  for (const count of counts) {
    Deno.test(`room: ${count} small messages in one turn, history ${messages}: who reads at once misses nothing`, () => {
      const { room, join } = newRoom({ messages });
      const [one, plain] = [join(), join({ plain: true })];
      room.flush();
      // Deno writes when the turn is over
      for (const { connection } of [one, plain]) connection.stopped = true;
      for (let seq = 1; seq <= count; seq++) {
        room.message({ seq, message: "hi", at: Date.now(), from: "abcdefghijklmnop", name: "Ann" });
      }
      for (let n = 0; n < 400; n++) {
        for (const { connection } of [one, plain]) connection.bufferedAmount = 0;
        room.flush();
      }
      room.close();
      const got = one.connection.objects.filter(({ seq, type }) => seq && !type).length;
      assertEquals({ got, codes: plain.connection.codes, plain: plain.connection.frames.length }, {
        got: count,
        codes: [],
        plain: count,
      });
    });
  }
}

/** Says so many messages of about 1 KB in one turn of the event loop. */
function sayAtOnce(test: TestRoom, count: number): void {
  for (let n = 0; n < count; n++) test.say("x".repeat(1_000));
}

Deno.test("room: of what is said at once who reads misses nothing, however few bytes are kept", () => {
  const { room, test, join } = newRoom({ bytes: 10_000 });
  const [one, plain] = [join(), join({ plain: true })];
  room.flush();
  for (const { connection } of [one, plain]) connection.stopped = true;
  sayAtOnce(test, 100);
  for (let n = 0; n < 100; n++) {
    room.flush();
    for (const { connection } of [one, plain]) connection.bufferedAmount = 0;
  }
  room.flush();
  // nobody is behind now: there is no more than usual for who comes
  const newcomer = join().connection;
  room.flush();
  room.close();
  assertEquals(seqs(one.connection).filter(Boolean), [...Array(101).keys()].slice(1));
  assertEquals([plain.connection.frames.length, plain.connection.codes], [100, []]);
  const kept = seqs(newcomer).filter(Boolean);
  assertEquals([kept.length, kept.at(-1)], [9, 100]);
});

Deno.test("room: who reads slowly has more than usual kept for 10 s, and newcomers are not sent that", () => {
  using clock = new StillClock();
  const { room, test, join } = newRoom({ bytes: 10_000 });
  const { connection } = join();
  room.flush();
  connection.bufferedAmount = 2 * MOST_BUFFERED;
  sayAtOnce(test, 50);
  room.flush();
  const newcomer = join().connection;
  room.flush();
  assertEquals(seqs(newcomer).filter(Boolean), [...Array(51).keys()].slice(42));
  for (; clock.now <= 10_000; clock.now += 500) {
    connection.bufferedAmount--;
    room.flush();
  }
  connection.bufferedAmount = 0;
  room.flush();
  room.close();
  const told = connection.objects.slice(1).map(({ type, seq }) => [type, seq]);
  assertEquals([told[0], told.length], [["gap", 41], 10]);
});

Deno.test("room: what is too old for who comes is still sent to who was here before", () => {
  using clock = new StillClock();
  const { room, test, join } = newRoom({ ttl: 3_000 });
  const slow = join().connection;
  room.flush();
  slow.bufferedAmount = MOST_BUFFERED + 1;
  sayAtOnce(test, 100);
  room.flush();
  clock.now += 3_001;
  const newcomers = [join()];
  test.say("new");
  room.flush();
  newcomers.push(join());
  room.flush();
  slow.bufferedAmount = 0;
  room.flush();
  room.close();
  assertEquals(seqs(slow).slice(1), [...Array(102).keys()].slice(1));
  for (const { starts, connection } of newcomers) {
    assertEquals([starts.map(({ seq }) => seq), seqs(connection).slice(1)], [[100], [101]]);
  }
});

Deno.test("room: for a reader that has stopped no more bytes are kept than usual", () => {
  using clock = new StillClock();
  const { room, test, join } = newRoom({ bytes: 10_000 });
  const { connection } = join();
  room.flush();
  connection.bufferedAmount = MOST_BUFFERED + 1;
  sayAtOnce(test, 50);
  for (; clock.now <= 2_000; clock.now += 500) room.flush();
  test.say("later");
  connection.bufferedAmount = 0;
  room.flush();
  room.close();
  const told = connection.objects.slice(1).map(({ type, seq }) => [type, seq]);
  assertEquals(told[0], ["gap", 41]);
  assertEquals(told.slice(1).map(([, seq]) => seq), [...Array(52).keys()].slice(42));
});

Deno.test("room: when all have fallen behind, it is still worth waiting", () => {
  const { room, test, join } = newRoom();
  const all = [join(), join(), join()];
  room.flush();
  for (const { connection } of all) connection.bufferedAmount = MOST_BUFFERED + 1;
  test.say("a");
  room.flush();
  test.fanOut.marks = [];
  test.say("b");
  room.close();
  assertEquals(test.fanOut.marks, [true]);
});

Deno.test("room: a plain member at the head is not put out because the room became small", () => {
  const { room, test, join } = newRoom({ bytes: 1_000 });
  const { connection } = join({ plain: true });
  for (let n = 0; n <= MOST_LISTED; n++) room.presence(`${n}`, `Name ${n}`);
  room.flush();
  room.presence("0", undefined);
  for (let n = 0; n < 20; n++) test.say("x".repeat(100));
  room.flush();
  room.close();
  assertEquals([connection.codes, connection.frames.length], [[], 20]);
});

Deno.test("room: numbers that come again in another log are that log's messages", () => {
  const { room, join } = newRoom();
  const [one, two] = [join().connection, join().connection];
  const talk = (words: string) => {
    for (let seq = 1; seq <= 3; seq++) room.message({ seq, message: `${words} ${seq}`, at: 1 });
    room.flush();
  };
  room.flush();
  one.bufferedAmount = two.bufferedAmount = MOST_BUFFERED + 1;
  talk("old");
  // one reads on: what it was sent was made for all who are there
  one.bufferedAmount = 0;
  room.flush();
  room.gap({ epoch: "f", seq: 0 });
  one.bufferedAmount = MOST_BUFFERED + 1;
  talk("new");
  one.bufferedAmount = two.bufferedAmount = 0;
  room.flush();
  room.close();
  const texts = two.objects.flatMap(({ message }) => message ?? []);
  assertEquals(texts, ["new 1", "new 2", "new 3"]);
});

Deno.test("room: where no log can keep a message, who has stopped is told of a gap and goes on", () => {
  using clock = new StillClock();
  const { room, test, join } = newRoom({ bytes: 1_000 });
  const { connection } = join();
  room.flush();
  connection.bufferedAmount = MOST_BUFFERED;
  test.say("x".repeat(2_000));
  for (; clock.now <= 2_000; clock.now += 500) room.flush();
  connection.bufferedAmount = 0;
  test.say("two");
  room.flush();
  room.close();
  const told = connection.objects.map(({ type, message }) => type ?? message);
  assertEquals(told, ["welcome", "gap", "two"]);
});

for (const letter of ["x", "字"]) {
  Deno.test(`room: however much "${letter}" comes in one turn, a socket that holds nothing is given one frame`, () => {
    const { room, test, join } = newRoom();
    const { connection } = join();
    room.flush();
    connection.stopped = true;
    for (let n = 0; n < 2_000; n++) test.say(letter.repeat(500));
    room.flush();
    room.close();
    assertEquals(connection.frames.length, 2);
    assertLess(connection.bufferedAmount, 52 * 1024);
  });
}

Deno.test("room: a peer that has stopped is put out, also when the next message is a long one", () => {
  using clock = new StillClock();
  const { room, test, join } = newRoom();
  const { connection, member } = join();
  room.flush();
  connection.stopped = true;
  connection.bufferedAmount = 6_000;
  let dropped = 0;
  member.onDropped = () => dropped++;
  test.say('"'.repeat(14_000));
  for (let n = 0; n <= 10; n++) {
    room.flush();
    clock.now += 1_000;
  }
  assertEquals([connection.codes, dropped], [[], 0]);
  room.flush();
  room.close();
  assertEquals([connection.codes, dropped], [[1013], 1]);
});

Deno.test("room: who comes back too late is told of one gap, however long its welcome takes", () => {
  const { room, test } = newRoom({ messages: 200, bytes: 50_000 });
  test.flood(100);
  room.flush();
  const late = test.join({ open: false, resume: { epoch: "e", after: 1 } });
  for (let n = 0; n < 100; n++) test.say("x".repeat(1_000));
  room.flush();
  late.connection.open = true;
  test.open(late.member);
  room.flush();
  room.close();
  assertEquals(late.starts.map(({ gap }) => gap), [true]);
  assertEquals(late.connection.objects.filter(({ type }) => type === "gap"), []);
});

Deno.test("room: who has never been here has missed nothing, whatever the layer lost", () => {
  for (const epoch of ["e", "f"]) {
    const { room, test } = newRoom();
    const newcomer = test.join({ open: false });
    room.gap({ epoch, seq: 5 });
    newcomer.connection.open = true;
    test.open(newcomer.member);
    room.flush();
    room.close();
    assertEquals(newcomer.starts.map(({ gap }) => gap), [false]);
  }
});

Deno.test("room: a plain member that has missed something for good is put out, one that has it all is not", () => {
  const { room, test, join } = newRoom();
  const { connection } = join({ plain: true });
  test.say("one");
  room.flush();
  room.gap({ epoch: "e", seq: 1 });
  assertEquals(connection.codes, []);
  room.gap({ epoch: "e", seq: 2 });
  room.close();
  assertEquals([connection.frames.length, connection.codes], [1, [1013]]);
});
