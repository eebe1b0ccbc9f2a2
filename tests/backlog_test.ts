// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { Backlog, MOST_BUFFERED } from "../server/backlog.ts";
import { RecordingConnection } from "./support/recording_connection.ts";

function newBacklog(bufferedAmount: number) {
  const connection = new RecordingConnection();
  connection.bufferedAmount = bufferedAmount;
  const backlog = new Backlog(connection);
  backlog.begin(0);
  return { connection, backlog };
}

Deno.test("backlog: a socket takes what it may hold, and when it holds nothing whatever there is", () => {
  const { connection, backlog } = newBacklog(MOST_BUFFERED - 10);
  assertEquals([backlog.takes(10), backlog.takes(11)], [true, false]);
  assertEquals(backlog.takes(2 * MOST_BUFFERED), false);
  connection.bufferedAmount = 0;
  assertEquals(backlog.takes(2 * MOST_BUFFERED), true);
});

Deno.test("backlog: a look tells whether the peer has taken something", () => {
  const { connection, backlog } = newBacklog(3 * MOST_BUFFERED);
  assertEquals(backlog.look(1), false);
  connection.bufferedAmount--;
  assertEquals([backlog.look(2), backlog.look(3)], [true, false]);
});

/** Looks every second from one second to another, in milliseconds. */
function lookEachSecond(backlog: Backlog, from: number, to: number): void {
  for (let now = from; now <= to; now += 1_000) backlog.look(now);
}

Deno.test("backlog: stalled is who takes nothing for 10 s", () => {
  const { connection, backlog } = newBacklog(3 * MOST_BUFFERED);
  lookEachSecond(backlog, 1_000, 10_000);
  assertEquals(backlog.stalled, false);
  backlog.look(10_001);
  assertEquals(backlog.stalled, true);
  connection.bufferedAmount--;
  backlog.look(10_001);
  lookEachSecond(backlog, 11_001, 20_001);
  assertEquals(backlog.stalled, false);
  backlog.look(20_002);
  assertEquals(backlog.stalled, true);
});

Deno.test("backlog: nobody has stalled because the server was held up", () => {
  const { backlog } = newBacklog(3 * MOST_BUFFERED);
  lookEachSecond(backlog, 1_000, 9_000);
  backlog.look(60_000);
  assertEquals(backlog.stalled, false);
});

Deno.test("backlog: who takes nothing has stalled, however little waits", () => {
  const { backlog } = newBacklog(1);
  lookEachSecond(backlog, 1_000, 11_000);
  assertEquals(backlog.stalled, true);
});

Deno.test("backlog: who takes what it is sent has not stalled, however much waits at each look", () => {
  const { connection, backlog } = newBacklog(1_000);
  for (let now = 1_000; now <= 30_000; now += 1_000) {
    connection.bufferedAmount = 1_000;
    backlog.look(now);
    connection.bufferedAmount = MOST_BUFFERED;
    backlog.sent();
  }
  assertEquals(backlog.stalled, false);
});

Deno.test("backlog: waited for is who fell behind less than 10 s ago and took something in the last 2 s", () => {
  const { connection, backlog } = newBacklog(3 * MOST_BUFFERED);
  const awaited = (now: number, took = 0) => {
    connection.bufferedAmount -= took;
    backlog.look(now);
    return backlog.isAwaited(now);
  };
  assertEquals([awaited(1_000), awaited(1_999), awaited(2_000)], [true, true, false]);
  assertEquals([awaited(2_500, 1), awaited(3_500, 1), awaited(4_500)], [true, true, true]);
  for (let now = 5_000; now < 10_000; now += 1_000) awaited(now, 1);
  assertEquals([awaited(9_999, 1), awaited(10_000, 1)], [true, false]);
  backlog.begin(11_000);
  assertEquals(awaited(11_500), true);
});
