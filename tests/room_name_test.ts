// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { groupName, roomName, RoomNameError, roomNameFromPath } from "../server/room_name.ts";

Deno.test("room name: what a room may be called", () => {
  for (
    const name of [
      "a",
      "lobby",
      "a b",
      " ",
      "你好",
      "👩‍👧",
      "a/b",
      "</script>",
      "\u202Eevil",
      "…",
      "...",
    ]
  ) {
    assertEquals(roomName(name), name.normalize("NFC"));
  }
  assertEquals(roomName("😀".repeat(100)), "😀".repeat(100));
});

Deno.test("room name: what it may not", () => {
  for (const name of ["", ".", "..", "a\nb", "\0", "\x7f", "\x85", "\ud800", "x".repeat(101)]) {
    assertThrows(() => roomName(name), RoomNameError);
  }
  assertThrows(
    () => roomName("😀".repeat(101)),
    RoomNameError,
    "A room's name has at most 100 characters; this one has 101",
  );
});

Deno.test("room name: two ways to write the same text are one room", () => {
  assertEquals(roomName("cafe\u0301"), roomName("caf\u00e9"));
  assertEquals(roomName("e\u0301".repeat(100)).length, 100);
});

Deno.test("room name: a path segment is percent-decoded once", () => {
  assertEquals(roomNameFromPath("a%2Fb%20c"), "a/b c");
  assertEquals(roomNameFromPath("%252F"), "%2F");
  for (const broken of ["%", "%ff", "%E4%BD", "%zz"]) {
    assertThrows(() => roomNameFromPath(broken), RoomNameError, "percent-encoded");
  }
});

Deno.test("room name: a legal group name is Django's own", () => {
  assertEquals(groupName("lobby"), "chat_lobby");
  assertEquals(groupName("a.b-c_D9"), "chat_a.b-c_D9");
  assertEquals(groupName("x".repeat(94)), `chat_${"x".repeat(94)}`);
});

Deno.test("room name: any other room has a digest for a group", () => {
  // printf %s '你好' | sha256sum
  assertEquals(groupName("你好"), "chat_x670d9743542cae3ea7ebe36af56bd53648b0a112");
  for (const name of ["a b", "x".repeat(95), "é", "x" + "0".repeat(40)]) {
    assert(/^chat_x[0-9a-f]{40}$/.test(groupName(name)), name);
  }
});

Deno.test("room name: no two rooms share a group, nor can one be named into another's", () => {
  const digest = groupName("你好").slice("chat_".length);
  assertNotEquals(groupName(digest), groupName("你好"));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const group = groupName(text);
    assert(/^[a-zA-Z0-9\-_.]{1,99}$/.test(group), group);
    if (text !== "lobby") assertNotEquals(group, groupName("lobby"));
  }));
});
