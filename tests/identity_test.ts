// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertNotEquals } from "@std/assert";
import { provenId, signId } from "../server/identity.ts";

Deno.test("identity: a token proves the id it was signed for, by a secret of today or before", () => {
  assertEquals(provenId("ann", signId("ann", "s1"), ["s1"]), "ann");
  assertEquals(provenId("ann", signId("ann", "s1"), ["s2", "s1"]), "ann");
});

Deno.test("identity: anything else is somebody new", () => {
  const token = signId("ann", "s1");
  const cases: [id: string | null, token: string | null][] = [
    ["ben", token],
    ["ann", null],
    [null, token],
    ["ann", ""],
    ["ann", token.slice(1)],
    ["ann", signId("ann", "s3")],
    ["x".repeat(65), signId("x".repeat(65), "s1")],
  ];
  for (const [id, given] of cases) {
    const got = provenId(id, given, ["s1", "s2"]);
    assertNotEquals(got, id);
    assertEquals(got.length, 16);
  }
});
