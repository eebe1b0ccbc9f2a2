// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FanOut } from "../server/fan_out.ts";
import type { LoggedMessage } from "../server/layers/channel_layer.ts";
import { Member, MOST_BUFFERED, type Resume, Room, type RoomLimits } from "../server/room.ts";
import { RecordingConnection } from "./support/recording_connection.ts";

const LIMITS: RoomLimits = { messages: 1000, bytes: 0, ttl: 0 };

/** A room that is flushed when the test says so, and whose members are easily made. */
class TestRoom implements Disposable {
  readonly fanOut = new FanOut();
  readonly room: Room;
  #seq: number;

  constructor(limits: Partial<RoomLimits> = {}, history: LoggedMessage[] = []) {
    this.room = new Room(this.fanOut, { ...LIMITS, ...limits });
    this.#seq = history.at(-1)?.seq ?? 0;
    this.room.load({ epoch: "e", seq: this.#seq, messages: history });
  }

  join({ plain = false, resume, open = true }: {
    plain?: boolean;
    resume?: Resume;
    open?: boolean;
  } = {}) {
    const connection = new RecordingConnection();
    connection.open = open;
    const member = new Member(connection, plain);
    const start = this.room.add(member, resume);
    if (open) this.room.open(member);
    return { connection, member, start };
  }

  say(text: string): void {
    this.room.message({ seq: ++this.#seq, message: text, at: 1 });
  }

  /** Says so many messages of about 1 KB, each flushed. */
  flood(count: number): void {
    for (let n = 0; n < count; n++) {
      this.say("x".repeat(1000));
      this.fanOut.flush();
    }
  }

  [Symbol.dispose](): void {
    this.fanOut.flush();
    this.room.close();
  }
}

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    seq: from + n,
    message: `${from + n}`,
    at: 1,
  }));
const seqs = ({ objects }: RecordingConnection) => objects.map(({ seq }) => seq);

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
  const { connection, start } = test.join({ plain: true });
  test.say("a");
  test.say("b");
  test.fanOut.flush();
  assertEquals(start, { epoch: "e", seq: 3, gap: false });
  assertEquals(connection.frames, ['{"message":"a"}', '{"message":"b"}']);
});

Deno.test("room: a newcomer gets the history, in order, once", () => {
  using test = new TestRoom({}, messages(1, 500));
  test.say("pending");
  const { connection, start } = test.join();
  test.fanOut.flush();
  assertEquals(start, { epoch: "e", seq: 0, gap: false });
  assertEquals(seqs(connection), [...messages(1, 501)].map(({ seq }) => seq));
});

Deno.test("room: a newcomer gets no more history than the limit", () => {
  using test = new TestRoom({ messages: 2 }, messages(4, 5));
  test.flood(100);
  assertEquals(test.join().start.seq, 103);
});

Deno.test("room: without history a newcomer gets what comes from now on", () => {
  using test = new TestRoom({ messages: 0 });
  test.flood(3);
  const { connection, start } = test.join();
  test.say("new");
  test.fanOut.flush();
  assertEquals(start.seq, 3);
  assertEquals(seqs(connection), [4]);
});

Deno.test("room: who comes back gets exactly what it missed", () => {
  using test = new TestRoom({}, messages(1, 10));
  const { connection, start } = test.join({ resume: { epoch: "e", after: 7 } });
  assertEquals(start, { epoch: "e", seq: 7, gap: false });
  assertEquals(seqs(connection), [8, 9, 10]);
  assertEquals(test.join({ resume: { epoch: "e", after: 10 } }).connection.frames, []);
});

const GAPS: [what: string, resume: Resume][] = [
  ["another epoch", { epoch: "f", after: 8 }],
  ["a place that is no longer kept", { epoch: "e", after: 3 }],
  ["a place that was never reached", { epoch: "e", after: 11 }],
];
for (const [what, resume] of GAPS) {
  Deno.test(`room: who comes back from ${what} is told of the gap and gets the history`, () => {
    using test = new TestRoom({}, messages(5, 10));
    const { connection, start } = test.join({ resume });
    assertEquals(start, { epoch: "e", seq: 4, gap: true });
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
    test.room.open(member);
    assertEquals(connection.objects.at(-1).message, `before, ${plain}`);
    test.room.delete(member);
  }
});

Deno.test("room: a slow reader is left behind, bounded, and catches up without hole or double", () => {
  using test = new TestRoom();
  const [slow, fast, plain] = [test.join(), test.join(), test.join({ plain: true })];
  slow.connection.stopped = plain.connection.stopped = true;
  test.flood(900);
  for (const { connection } of [slow, plain]) {
    assert(connection.bufferedAmount > MOST_BUFFERED);
    assert(connection.bufferedAmount < MOST_BUFFERED + 128 * 1024);
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

Deno.test("room: a reader that is slower than the log is long is told of the gap", () => {
  using test = new TestRoom({ messages: 300 });
  const { connection } = test.join();
  connection.stopped = true;
  test.flood(1000);
  connection.read();
  test.say("last");
  test.fanOut.flush();
  const all = seqs(connection);
  const gap = all.indexOf(undefined);
  assertEquals(connection.objects[gap], { type: "gap" });
  assertEquals(all.indexOf(undefined, gap + 1), -1, "one gap");
  assertEquals(all.slice(0, gap), [...all.keys()].slice(1, gap + 1));
  assertEquals(all.slice(gap + 1), Array.from({ length: 300 }, (_, n) => 702 + n));
});

Deno.test("room: a gap in the log is told to all but plain members, where it is", () => {
  using test = new TestRoom({}, messages(1, 3));
  const resume = { epoch: "e", after: 3 };
  const [one, plain] = [test.join({ resume }), test.join({ plain: true })];
  test.say("before");
  test.room.gap({ epoch: "f", seq: 0 });
  test.room.message({ seq: 1, message: "after", at: 1 });
  test.fanOut.flush();
  assertEquals(one.connection.objects, [
    { seq: 4, message: "before", at: 1 },
    { type: "gap" },
    { seq: 1, message: "after", at: 1 },
  ]);
  assertEquals(plain.connection.objects, [{ message: "before" }, { message: "after" }]);
  assertEquals(test.join().start, { epoch: "f", seq: 0, gap: false });
});

Deno.test("room: who left hears nothing more", () => {
  using test = new TestRoom();
  const { connection, member } = test.join();
  test.say("a");
  test.room.delete(member);
  test.fanOut.flush();
  assertEquals(connection.frames, []);
  assertEquals(test.room.size, 0);
});
