// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertLess } from "@std/assert";
import { MOST_BUFFERED } from "../server/backlog.ts";
import { FanOut } from "../server/fan_out.ts";
import { Member, type Start } from "../server/member.ts";
import { randomId } from "../server/random_id.ts";
import { Room } from "../server/room.ts";
import type { RoomLimits } from "../server/room_log.ts";
import { MOST_LISTED } from "../server/roster.ts";
import { RecordingConnection } from "./support/recording_connection.ts";

const LIMITS: RoomLimits = { messages: 1000, bytes: 0, ttl: 0 };

/** Leaves flushing to the test. */
class Still extends FanOut {
  override mark(): void {}
  override markAnswer(): void {}
}

function newRoom(limits: Partial<RoomLimits> = {}) {
  const room = new Room(new Still(), { ...LIMITS, ...limits });
  room.load({ epoch: "e", seq: 0, messages: [], members: [] });
  let seq = 0;
  const say = (message: string) => room.message({ seq: ++seq, message, at: 1 });
  const join = (plain = false, onWelcome: () => void = () => {}) => {
    const connection = new RecordingConnection();
    const starts: Start[] = [];
    const lists: (string[] | undefined)[] = [];
    const member = new Member(
      connection,
      randomId(),
      plain ? undefined : (start) => {
        starts.push(start);
        lists.push(room.members?.map(({ id }) => id));
        connection.send(JSON.stringify({ type: "welcome", members: room.members }));
        onWelcome();
      },
    );
    room.add(member);
    room.open(member);
    return { connection, member, starts, lists };
  };
  return { room, say, join };
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
  const { room, say, join } = newRoom();
  const slow = join();
  room.flush();
  slow.connection.stopped = true;
  slow.connection.bufferedAmount = MOST_BUFFERED + 1;
  say("to fall behind");
  room.flush();
  room.presence("x", "Xena");
  const welcomed = Promise.withResolvers<void>();
  const ann = join(false, () => welcomed.resolve());
  await welcomed.promise;
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
  const { room, say, join } = newRoom();
  const slow = join();
  room.flush();
  slow.connection.stopped = true;
  slow.connection.bufferedAmount = MOST_BUFFERED + 1;
  say("to fall behind");
  room.flush();
  room.presence("x", "Xena");
  const welcomed = Promise.withResolvers<void>();
  const ann = join(false, () => welcomed.resolve());
  await welcomed.promise;
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
      const [one, plain] = [join(), join(true)];
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

Deno.test("room: when all have fallen behind, it is still worth waiting", () => {
  const marks: boolean[] = [];
  const fanOut = new class extends FanOut {
    override mark(_: Room, shares: boolean): void {
      marks.push(shares);
    }
  }();
  const room = new Room(fanOut, LIMITS);
  room.load({ epoch: "e", seq: 0, messages: [], members: [] });
  const members = [1, 2, 3].map(() => {
    const connection = new RecordingConnection();
    const member = new Member(connection, randomId(), () => {});
    room.add(member);
    room.open(member);
    return connection;
  });
  room.flush();
  for (const c of members) c.bufferedAmount = MOST_BUFFERED + 1;
  room.message({ seq: 1, message: "a", at: 1 });
  room.flush();
  marks.length = 0;
  room.message({ seq: 2, message: "b", at: 1 });
  room.close();
  assertEquals(marks, [true]);
});

Deno.test("room: a plain member at the head is not put out because the room became small", () => {
  const { room, say, join } = newRoom({ bytes: 1_000 });
  const { connection } = join(true);
  for (let n = 0; n <= MOST_LISTED; n++) room.presence(`${n}`, `Name ${n}`);
  room.flush();
  room.presence("0", undefined);
  for (let n = 0; n < 20; n++) say("x".repeat(100));
  room.flush();
  room.close();
  assertEquals([connection.codes, connection.frames.length], [[], 20]);
});
