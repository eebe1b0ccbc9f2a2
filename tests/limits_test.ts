// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { limits } from "../server/middleware/limits.ts";
import { Scope } from "../server/routing.ts";

const UPGRADED = () => ({ status: 101 }) as Response;

/** How the next connection from that address fares. */
async function connect(handler: ReturnType<ReturnType<typeof limits>>, address: string) {
  const scope = new Scope(new Request("http://chat.example/"), address);
  return { scope, status: (await handler(scope)).status };
}

Deno.test("limits: so many in all, and a place that is free again", async () => {
  const handler = limits({ maxConnections: 2, maxConnectionsPerIp: 0 })(UPGRADED);
  const first = await connect(handler, "192.0.2.1");
  assertEquals((await connect(handler, "192.0.2.2")).status, 101);
  assertEquals((await connect(handler, "192.0.2.3")).status, 503);
  first.scope.endings.run();
  first.scope.endings.run();
  assertEquals((await connect(handler, "192.0.2.3")).status, 101);
  assertEquals((await connect(handler, "192.0.2.4")).status, 503);
});

const SAME: [one: string, two: string, same: boolean][] = [
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["2001:db8::1", "2001:db8:0:0:5::", true],
  ["::1", "::2", true],
  ["::ffff:192.0.2.1", "192.0.2.1", true],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.2", false],
];
for (const [one, two, same] of SAME) {
  Deno.test(`limits: ${one} and ${two} are ${same ? "one address" : "two addresses"}`, async () => {
    const handler = limits({ maxConnections: 0, maxConnectionsPerIp: 1 })(UPGRADED);
    assertEquals((await connect(handler, one)).status, 101);
    assertEquals((await connect(handler, two)).status, same ? 503 : 101);
  });
}

Deno.test("limits: what was refused or failed takes no place", async () => {
  let answer = () => new Response(null, { status: 400 });
  const handler = limits({ maxConnections: 1, maxConnectionsPerIp: 1 })(() => answer());
  assertEquals((await connect(handler, "192.0.2.1")).status, 400);
  answer = () => {
    throw new Error("broken");
  };
  await assertRejects(() => connect(handler, "192.0.2.1"));
  answer = UPGRADED;
  assertEquals((await connect(handler, "192.0.2.1")).status, 101);
});
