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

Deno.test("backlog: full is a socket that holds more than the most", () => {
  const { connection, backlog } = newBacklog(MOST_BUFFERED);
  assertEquals(backlog.full, false);
  connection.bufferedAmount++;
  assertEquals(backlog.full, true);
});

Deno.test("backlog: a look tells whether the peer has taken something", () => {
  const { connection, backlog } = newBacklog(3 * MOST_BUFFERED);
  assertEquals(backlog.look(1), false);
  connection.bufferedAmount--;
  assertEquals([backlog.look(2), backlog.look(3)], [true, false]);
});

Deno.test("backlog: stalled is who takes nothing for 10 s", () => {
  const { connection, backlog } = newBacklog(3 * MOST_BUFFERED);
  backlog.look(10_000);
  assertEquals([backlog.stalled(10_000), backlog.stalled(10_001)], [false, true]);
  connection.bufferedAmount--;
  backlog.look(10_001);
  assertEquals([backlog.stalled(20_001), backlog.stalled(20_002)], [false, true]);
});

Deno.test("backlog: who could be sent to has not stalled, however little it takes", () => {
  const { backlog } = newBacklog(MOST_BUFFERED);
  backlog.look(60_000);
  assertEquals(backlog.stalled(60_000), false);
});
