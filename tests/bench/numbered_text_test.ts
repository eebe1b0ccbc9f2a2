// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { NumberedFrame, NumberFinder, SHORTEST, textFrame } from "./numbered_text.ts";

function find(payload: string, textBytes: number): number[] {
  // what lies around the payload is not searched
  const bytes = new TextEncoder().encode(`"message":"${payload}"message":"000000001`);
  const finder = new NumberFinder(textBytes);
  const found = finder.find(bytes, 11, bytes.length - 20);
  return [...finder.numbers.subarray(0, found)];
}

const text = (number: number, length = 64) =>
  `${`${number}`.padStart(9, "0")} `.padEnd(length, "x");

const PAYLOADS: Record<string, { payload: string; numbers: number[] }> = {
  "the plain protocol": { payload: JSON.stringify({ message: text(7) }), numbers: [7] },
  "with spaces, as Python writes it": { payload: `{"message": "${text(8)}"}`, numbers: [8] },
  "Socket.IO": {
    payload: `42${JSON.stringify(["chat", { message: text(123_456_789) }])}`,
    numbers: [123_456_789],
  },
  "several lines of parley.v1": {
    payload: [
      { seq: 1, message: text(1), name: "Ann", from: "abc", at: 1, ref: "message" },
      { type: "join", id: "d", name: `"message":` },
      { seq: 2, message: text(2), name: `"mess`, from: "e" },
      { message: text(3) },
    ].map((line) => JSON.stringify(line)).join("\n"),
    numbers: [1, 2, 3],
  },
  "one behind the other without a gap": {
    payload: [4, 5, 6].map((number) => `"message":"${text(number)}`).join(""),
    numbers: [4, 5, 6],
  },
  "no message": { payload: `{"type":"welcome","room":"message"}`, numbers: [] },
  "not one of ours": { payload: `{"message":"hello, everybody"}`, numbers: [] },
  "cut off": { payload: `{"message":"00000`, numbers: [] },
  "nothing": { payload: "", numbers: [] },
};

for (const [name, { payload, numbers }] of Object.entries(PAYLOADS)) {
  Deno.test(`numbers in a payload: ${name}`, () => assertEquals(find(payload, 64), numbers));
}

Deno.test("a payload may hold thousands", () => {
  const numbers = Array.from({ length: 5_000 }, (_, number) => number);
  const payload = numbers.map((number) => JSON.stringify({ message: text(number, SHORTEST) }));
  assertEquals(find(payload.join("\n"), SHORTEST), numbers);
});

Deno.test("a numbered frame is a client's text frame, masked with zeros", () => {
  for (const length of [SHORTEST, 64, 120, 1_000, 70_000]) {
    const frame = new NumberedFrame(length, "<", ">");
    const bytes = new Uint8Array(frame.length + 2);
    for (const number of [0, 5, 120_034, 999_999_999]) {
      frame.write(bytes, 1, number);
      const payload = new TextEncoder().encode(
        `<${JSON.stringify({ message: text(number, length) })}>`,
      );
      assertEquals(bytes.subarray(1, -1), textFrame(payload));
    }
  }
});
