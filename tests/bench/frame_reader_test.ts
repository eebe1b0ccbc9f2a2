// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { seededRandom } from "../support/seeded_random.ts";
import { FrameReader } from "./frame_reader.ts";

/** What a server sends: no mask. */
function serverFrame(opcode: number, payload: Uint8Array): number[] {
  const { length } = payload;
  const size = length < 126
    ? [length]
    : length < 65536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, 0, length >> 16, length >> 8 & 255, length & 255];
  return [0x80 | opcode, ...size, ...payload];
}

Deno.test("frames of every length come whole, however they are cut", () => {
  const random = seededRandom(1);
  const lengths = [0, 1, 125, 126, 127, 2_000, 65_535, 65_536, 300_000, 3, 70_000, 5];
  const sent = lengths.map((length, index) => ({
    opcode: index % 3 === 0 ? 9 : 1,
    payload: Uint8Array.from({ length }, () => Math.floor(random() * 256)),
  }));
  const bytes = Uint8Array.from(
    sent.flatMap(({ opcode, payload }) => serverFrame(opcode, payload)),
  );
  for (const longest of [1, 7, 1_500, 100_000, bytes.length]) {
    const received: { opcode: number; payload: Uint8Array }[] = [];
    const reader = new FrameReader((opcode, bytes, start, end) =>
      received.push({ opcode, payload: bytes.slice(start, end) })
    );
    for (let at = 0; at < bytes.length;) {
      const { space } = reader;
      const count = Math.min(
        space.length,
        bytes.length - at,
        longest === 1 ? 1 : Math.ceil(random() * longest),
      );
      space.set(bytes.subarray(at, at + count));
      reader.take(count);
      at += count;
    }
    assertEquals(received.length, sent.length);
    for (const [index, { opcode, payload }] of received.entries()) {
      assertEquals(opcode, sent[index]!.opcode);
      assertEquals(
        payload.length === sent[index]!.payload.length &&
          payload.every((byte, at) => byte === sent[index]!.payload[at]),
        true,
        `frame ${index} in pieces of up to ${longest}`,
      );
    }
  }
});
