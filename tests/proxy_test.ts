// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { proxy } from "../server/middleware/proxy.ts";
import { Scope } from "../server/routing.ts";

const ADDRESSES: [forwarded: string, client: string][] = [
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:5000", "192.0.2.1"],
  ["203.0.113.9, 192.0.2.1:5000", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:5000", "2001:db8::1"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["_hidden", "_hidden"],
  ["", "198.51.100.7"],
];
for (const [forwarded, client] of ADDRESSES) {
  Deno.test(`proxy: X-Forwarded-For "${forwarded}" is a client at ${client}`, async () => {
    const headers = { "x-forwarded-for": forwarded };
    const scope = new Scope(new Request("http://chat.example/", { headers }), "198.51.100.7");
    await proxy(() => new Response())(scope);
    assertEquals(scope.client, client);
  });
}
