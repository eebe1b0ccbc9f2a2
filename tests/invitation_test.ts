// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { roomLink } from "../server/invitation.ts";
import { TestApp } from "./support/test_app.ts";

Deno.test("invitation: the link is what the address bar shows", () => {
  assertEquals(roomLink("https://chat.example", "lobby"), "https://chat.example/chat/lobby/");
  assertEquals(roomLink("http://[::1]:8000", "a/b"), "http://[::1]:8000/chat/a%2Fb/");
});

for (
  const origin of [
    "",
    "chat.example",
    "https://chat.example/",
    "https://chat.example/path",
    "https://user@chat.example",
    "HTTPS://chat.example",
    "https://chat.example:443",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://chat.example",
    "https://",
    "null",
    `https://${"x".repeat(300)}.example`,
  ]
) {
  Deno.test(`invitation: "${origin.slice(0, 30)}" is no origin`, async () => {
    assertEquals(roomLink(origin, "lobby"), undefined);
    await using test = new TestApp();
    const path = `/chat/lobby/qr.svg?origin=${encodeURIComponent(origin)}`;
    const response = await test.request(path);
    assertEquals(response.status, 400);
    await response.body?.cancel();
  });
}

Deno.test("invitation: a QR code for each room, also for the longest name", async () => {
  await using test = new TestApp();
  const origin = `https://${"x".repeat(60)}.${"y".repeat(60)}.example:65535`;
  for (const room of ["lobby", "🦜".repeat(100)]) {
    const path = `/chat/${encodeURIComponent(room)}/qr.svg?origin=${encodeURIComponent(origin)}`;
    const response = await test.request(path);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "image/svg+xml");
    assertStringIncludes(response.headers.get("cache-control")!, "max-age=");
    const svg = await response.text();
    assert(svg.startsWith("<svg") && svg.endsWith("</svg>"), svg.slice(0, 80));
  }
  const refused = await test.request("/chat/%00/qr.svg?origin=https://chat.example");
  assertEquals(refused.status, 400);
  await refused.body?.cancel();
});
