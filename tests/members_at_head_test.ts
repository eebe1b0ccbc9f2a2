// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { MOST_BUFFERED } from "../server/backlog.ts";
import type { Frame } from "../server/frames.ts";
import { MembersAtHead } from "../server/members_at_head.ts";
import { Member } from "../server/member.ts";
import { RecordingConnection } from "./support/recording_connection.ts";

/** So many members, and in which order they were sent what. */
function recorded(count: number) {
  const atHead = new MembersAtHead();
  const order: string[] = [];
  const members = Array.from({ length: count }, (_, index) => {
    const connection = new RecordingConnection();
    const send = connection.send.bind(connection);
    connection.send = (text) => {
      order.push(`${text}${index}`);
      send(text);
    };
    const member = new Member(connection, `id${index}`);
    atHead.add(member);
    return { connection, member };
  });
  return { atHead, members, order };
}

const frame = (text: string, last: number): Frame => ({ text, bytes: text.length, last });
const none = () => {};

Deno.test("members at the head: each frame goes to all before the next one does", () => {
  const { atHead, order } = recorded(3);
  atHead.send([frame("a", 1), frame("b", 2)], 0, none);
  assertEquals(order, ["a0", "a1", "a2", "b0", "b1", "b2"]);
});

Deno.test("members at the head: however many they are, each gets each frame once", () => {
  for (const count of [63, 64, 65, 200]) {
    const { atHead, order } = recorded(count);
    atHead.send([frame("a", 1), frame("b", 2)], 0, none);
    assertEquals(new Set(order).size, 2 * count);
    assertEquals(order.length, 2 * count);
  }
});

Deno.test("members at the head: who cannot take a frame is handed over, with what it has had", () => {
  const { atHead, members: [one, two, three], order } = recorded(3);
  one!.connection.stopped = true;
  two!.connection.bufferedAmount = MOST_BUFFERED;
  const full: [Member, number][] = [];
  const long = "x".repeat(MOST_BUFFERED);
  const frames = [frame("a", 7), frame(long, 8), frame("c", 9)];
  atHead.send(frames, 6, (member) => full.push([member, member.cursor]));
  assertEquals(full, [[two!.member, 6], [one!.member, 7]]);
  assertEquals(order, ["a0", "a2", `${long}2`, "c2"]);
  assertEquals([...atHead], [three!.member]);
});

Deno.test("members at the head: to a connection that is closing nothing is sent, and it stays until it has gone", () => {
  const { atHead, members: [one], order } = recorded(2);
  one!.connection.open = false;
  atHead.send([frame("a", 1)], 0, none);
  assertEquals([order, atHead.size], [["a1"], 2]);
  assertEquals([atHead.delete(one!.member), atHead.delete(one!.member), atHead.size], [
    true,
    false,
    1,
  ]);
  assertEquals(atHead.has(one!.member), false);
});
