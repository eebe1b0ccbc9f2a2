// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type LogEntry, MessageLog } from "../server/layers/message_log.ts";

Deno.test("message log: it is what a list with the same limits would be", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 });
  const limits = fc.record({
    messages: fc.integer({ min: 0, max: 150 }),
    bytes: fc.integer({ min: 0, max: 2000 }),
  });
  fc.assert(fc.property(sizes, limits, fc.nat(420), (sizes, limits, probe) => {
    const log = new MessageLog(limits);
    let list: LogEntry[] = [];
    sizes.forEach((bytes, index) => {
      const entry = { seq: index + 1, bytes };
      log.push(entry);
      list.push(entry);
      const sum = () => list.reduce((sum, entry) => sum + entry.bytes, 0);
      while (list.length > limits.messages || (limits.bytes > 0 && sum() > limits.bytes)) {
        list = list.slice(1);
      }
      assertEquals([log.length, log.bytes, log.first], [list.length, sum(), list[0]?.seq]);
    });
    assertEquals(log.after(0), list);
    assertEquals(log.after(probe), list.filter(({ seq }) => seq > probe));
    assertEquals(log.at(probe), list.find(({ seq }) => seq === probe));
    log.clear();
    assertEquals([log.length, log.bytes, log.after(0)], [0, 0, []]);
  }));
});
