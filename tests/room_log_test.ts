// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { encodeMessage } from "../server/layers/encode_message.ts";
import { RoomLog } from "../server/room_log.ts";
import { messages } from "./support/test_room.ts";

Deno.test("room log: a part is read once for all who are at the same place, until a message comes in", () => {
  const log = new RoomLog({ messages: 300, bytes: 0, ttl: 0 });
  log.load({ epoch: "e", seq: 100, messages: messages(1, 100), members: [] });
  // more places than parts are kept for
  for (let after = 0; after < 50; after++) assertEquals(log.partAfter(after).last, 100);
  const [early, late] = [log.partAfter(7), log.partAfter(90)];
  assertStrictEquals(log.partAfter(7), early);
  assertStrictEquals(log.partAfter(90), late);
  const [message] = messages(101, 101);
  log.push(message!, encodeMessage(message!));
  assertEquals([early.last, log.partAfter(7).last, log.partAfter(90).last], [100, 101, 101]);
});

Deno.test("room log: what was loaded is as old as its newest message", () => {
  const ttl = 3_600_000;
  for (const [age, told] of [[0, 1], [ttl / 2, 1], [2 * ttl, 0], [-2 * ttl, 1]] as const) {
    const log = new RoomLog({ messages: 10, bytes: 0, ttl });
    const message = { seq: 1, message: "hi", at: Date.now() - age };
    log.load({ epoch: "e", seq: 1, messages: [message], members: [] });
    log.expire();
    assertEquals(log.last - log.oldestTold, told, `${age} ms old`);
  }
});

Deno.test("room log: what is too old to be told is kept for as long as somebody needs it", () => {
  const log = new RoomLog({ messages: 300, bytes: 0, ttl: 3_600_000 });
  // they are of 1970
  log.load({ epoch: "e", seq: 100, messages: messages(1, 100), members: [] });
  assertEquals([log.oldestTold, log.oldest], [0, 0]);
  log.expire();
  log.release({ from: 51, awaitedFrom: 51 });
  assertEquals([log.oldestTold, log.oldest], [100, 0]);
  log.release({ from: 101, awaitedFrom: 101 });
  assertEquals([log.oldestTold, log.oldest], [100, 100]);
});

Deno.test("room log: what was too old is not told when something new is said either, but in another log", () => {
  const log = new RoomLog({ messages: 300, bytes: 0, ttl: 3_600_000 });
  log.load({ epoch: "e", seq: 100, messages: messages(1, 100), members: [] });
  log.expire();
  const say = (seq: number) => {
    const [message] = messages(seq, seq);
    log.push(message!, encodeMessage(message!));
    log.release({ from: seq + 1, awaitedFrom: seq + 1 });
  };
  say(101);
  assertEquals([log.oldestTold, log.partAfter(100).last], [100, 101]);
  log.beginAfter({ epoch: "f", seq: 0 });
  say(1);
  assertEquals([log.oldestTold, log.last], [0, 1]);
});
