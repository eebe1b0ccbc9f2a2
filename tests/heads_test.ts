// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MOST_BUFFERED } from "../server/backlog.ts";
import type { Frame } from "../server/frames.ts";
import { Heads } from "../server/heads.ts";
import { Member } from "../server/member.ts";
import { RecordingConnection } from "./support/recording_connection.ts";

/** So many members, and in which order they were sent what. */
function headsWithOrder(count: number) {
  const heads = new Heads();
  const order: string[] = [];
  const members = Array.from({ length: count }, (_, index) => {
    const connection = new RecordingConnection();
    const send = connection.send.bind(connection);
    connection.send = (text) => {
      order.push(`${text}${index}`);
      send(text);
    };
    const member = new Member(connection, `id${index}`);
    heads.add(member);
    return { connection, member };
  });
  return { heads, members, order };
}

const frame = (text: string, last: number): Frame => ({ text, bytes: text.length, last });
const none = () => {};

Deno.test("heads: each frame goes to all before the next one does", () => {
  const { heads, order } = headsWithOrder(3);
  heads.send([frame("a", 1), frame("b", 2)], 0, none);
  assertEquals(order, ["a0", "a1", "a2", "b0", "b1", "b2"]);
});

Deno.test("heads: however many they are, each gets each frame once", () => {
  for (const count of [63, 64, 65, 200]) {
    const { heads, order } = headsWithOrder(count);
    heads.send([frame("a", 1), frame("b", 2)], 0, none);
    assertEquals(new Set(order).size, 2 * count);
    assertEquals(order.length, 2 * count);
  }
});

Deno.test("heads: who cannot take a frame is handed over, with what it has had", () => {
  const { heads, members: [one, two, three], order } = headsWithOrder(3);
  one!.connection.stopped = true;
  two!.connection.bufferedAmount = MOST_BUFFERED;
  const full: [Member, number][] = [];
  const long = "x".repeat(MOST_BUFFERED);
  const frames = [frame("a", 7), frame(long, 8), frame("c", 9)];
  heads.send(frames, 6, (member) => full.push([member, member.cursor]));
  assertEquals(full, [[two!.member, 6], [one!.member, 7]]);
  assertEquals(order, ["a0", "a2", `${long}2`, "c2"]);
  assertEquals([...heads], [three!.member]);
});

Deno.test("heads: to a connection that is closing nothing is sent, and it stays until it has gone", () => {
  const { heads, members: [one], order } = headsWithOrder(2);
  one!.connection.open = false;
  heads.send([frame("a", 1)], 0, none);
  assertEquals([order, heads.size], [["a1"], 2]);
  assertEquals([heads.delete(one!.member), heads.delete(one!.member), heads.size], [
    true,
    false,
    1,
  ]);
  assertEquals(heads.has(one!.member), false);
});
