// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TestApp } from "./support/test_app.ts";

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const HANDSHAKE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": btoa("sixteen bytes !!"),
};

async function get(path: string, init: RequestInit = {}, flags: string[] = []) {
  await using test = new TestApp(flags);
  const response = await test.request(path, init);
  return { response, status: response.status, body: await response.text() };
}

for (const path of ["/", "/chat/"]) {
  Deno.test(`app: ${path} is the index page, with the tutorial's elements`, async () => {
    const { response, status, body } = await get(path);
    assertEquals(status, 200);
    assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
    assertStringIncludes(body, "<title>Chat Rooms");
    for (const id of ["room-name-input", "room-name-submit"]) {
      assertStringIncludes(body, `id="${id}"`);
    }
  });
}

Deno.test("app: the room's page has the tutorial's elements", async () => {
  const { status, body } = await get("/chat/lobby/");
  assertEquals(status, 200);
  assertStringIncludes(body, "<title>Chat Room");
  for (const id of ["chat-log", "chat-message-input", "chat-message-submit"]) {
    assertStringIncludes(body, `id="${id}"`);
  }
});

Deno.test("app: pages have no inline script, style or handler, so that the policy can forbid them", async () => {
  for (const path of ["/", "/chat/x/", "/chat/%00/", "/nowhere"]) {
    const { response, body } = await get(path, { headers: HTML });
    const policy = response.headers.get("content-security-policy")!;
    assertStringIncludes(policy, "default-src 'none'");
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assert(!policy.includes("unsafe-"), policy);
    assert(!/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(body), `${path}: ${body}`);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertEquals(response.headers.get("referrer-policy"), "no-referrer");
    assertEquals(response.headers.get("strict-transport-security"), null);
  }
});

Deno.test("app: a room's name reaches its page escaped", async () => {
  for (
    const name of ["</script><script>alert(1)</script>", '"><img src=x>', "<!--<script>", "'&amp;"]
  ) {
    const { status, body } = await get(`/chat/${encodeURIComponent(name)}/`);
    assertEquals(status, 200);
    assert(!body.includes(name), body);
    assert(!body.includes("<img src=x"), body);
  }
});

Deno.test("app: the form of the index page leads to the room, its name encoded", async () => {
  const { response, status } = await get("/chat/?room=a+b%2F%E4%BD%A0");
  assertEquals(status, 303);
  assertEquals(response.headers.get("location"), "/chat/a%20b%2F%E4%BD%A0/");
  const spaced = await get("/chat/?room=+two++words+");
  assertEquals(spaced.response.headers.get("location"), "/chat/two%20%20words/");
  for (const empty of ["", "+", "%E3%80%80+"]) {
    assertEquals((await get(`/chat/?room=${empty}`)).status, 400, empty);
  }
});

for (const name of ["%00", "a%0Ab", "x".repeat(101), "%ff", "%", ""]) {
  Deno.test(`app: no room can be called "${name.slice(0, 9)}", and the answer says why`, async () => {
    const page = await get(`/chat/${name}/`, { headers: HTML });
    assertEquals(page.status, 400);
    assertStringIncludes(page.response.headers.get("content-type")!, "text/html");
    assert(/room&#39;s name|room needs a name/.test(page.body), page.body);
    const socket = await get(`/ws/chat/${name}/`, { headers: HANDSHAKE });
    assertEquals(socket.status, 400);
    assert(/room's name|room needs a name/.test(socket.body), socket.body);
  });
}

Deno.test("app: an address without the last slash leads to the one with it", async () => {
  const { response, status } = await get("/chat/a%20b?x=1");
  assertEquals(status, 308);
  assertEquals(response.headers.get("location"), "/chat/a%20b/?x=1");
  assertEquals((await get("/chat")).response.headers.get("location"), "/chat/");
});

Deno.test("app: what is not there is 404, as a page for browsers and as text for others", async () => {
  for (const path of ["/nowhere", "/chat/a/b/", "/static/../main.ts", "/static/none.js", "/ws/"]) {
    const page = await get(path, { headers: HTML });
    assertEquals(page.status, 404);
    assertStringIncludes(page.body, "<!DOCTYPE html>");
    const text = await get(path);
    assertEquals(text.body, "404 Not Found: There is no page at this address.\n");
  }
});

Deno.test("app: pages are for reading: other methods are 405", async () => {
  for (const path of ["/", "/chat/x/", "/static/client.js", "/healthz"]) {
    const { response, status } = await get(path, { method: "POST" });
    assertEquals([status, response.headers.get("allow")], [405, "GET, HEAD"]);
    assertEquals((await get(path, { method: "HEAD" })).status, 200);
  }
  assertEquals((await get("/ws/chat/x/", { method: "POST", headers: HANDSHAKE })).status, 405);
});

Deno.test("app: the WebSocket's address without a handshake is 426", async () => {
  for (const path of ["/ws/chat/x/", "/ws/chat/x"]) {
    const { response, status } = await get(path);
    assertEquals([status, response.headers.get("upgrade")], [426, "websocket"]);
  }
  const headers = { ...HANDSHAKE, "sec-websocket-version": "12" };
  const { response, status } = await get("/ws/chat/x/", { headers });
  assertEquals([status, response.headers.get("sec-websocket-version")], [426, "13"]);
});

Deno.test("app: a page's assets are immutable under an address that changes with them", async () => {
  await using test = new TestApp();
  const page = await (await test.request("/chat/x/")).text();
  const addresses = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, url]) => url!);
  assert(addresses.length > 2, page);
  for (const address of addresses) {
    const response = await test.request(address);
    assertEquals(response.status, 200);
    assertStringIncludes(response.headers.get("cache-control")!, "immutable");
    assert((await response.text()).length > 0);
  }
  const old = await test.request("/static/0123456789ab/client.js");
  assertEquals(old.status, 200);
  assertEquals(old.headers.get("cache-control"), "no-cache");
  await old.body?.cancel();
});

Deno.test("app: a script comes compressed as the browser likes, and is not sent twice", async () => {
  await using test = new TestApp();
  const plain = new Uint8Array(await (await test.request("/static/client.js")).arrayBuffer());
  for (const encoding of ["gzip", "br"] as const) {
    const response = await test.request("/static/client.js", {
      headers: { "accept-encoding": encoding },
    });
    assertEquals(response.headers.get("content-encoding"), encoding);
    assertEquals(response.headers.get("content-type"), "text/javascript; charset=UTF-8");
    assert((await response.arrayBuffer()).byteLength < plain.byteLength / 2);
  }
  // as browsers write it: gzip comes first, and is not meant to
  const browser = await test.request("/static/client.js", {
    headers: { "accept-encoding": "gzip, deflate, br, zstd" },
  });
  assertEquals(browser.headers.get("content-encoding"), "br");
  await browser.body?.cancel();
  const refused = await test.request("/static/client.js", {
    headers: { "accept-encoding": "gzip, br;q=0" },
  });
  assertEquals(refused.headers.get("content-encoding"), "gzip");
  await refused.body?.cancel();
  const etag = (await test.request("/static/client.js", { method: "HEAD" })).headers.get("etag")!;
  const again = await test.request("/static/client.js", { headers: { "if-none-match": etag } });
  assertEquals([again.status, await again.text()], [304, ""]);
});

Deno.test("app: alive, ready, and measured", async () => {
  assertEquals((await get("/healthz")).status, 200);
  assertEquals((await get("/readyz")).status, 200);
  const { response, body } = await get("/metrics");
  assertStringIncludes(response.headers.get("content-type")!, "text/plain");
  assert(/^parley_connections 0$/m.test(body), body);
});

Deno.test("app: when it closes it is alive but not ready", async () => {
  const test = new TestApp();
  await test[Symbol.asyncDispose]();
  assertEquals((await test.request("/healthz")).status, 200);
  const readyz = await test.request("/readyz");
  assertEquals([readyz.status, await readyz.text()], [503, "not ready\n"]);
});

/** The statuses of handshakes from pages of these origins. */
const ORIGINS: [origin: string, url: string, flags: string[], status: number][] = [
  ["http://chat.example", "http://chat.example", [], 101],
  ["http://chat.example:8000", "http://chat.example:8000", [], 101],
  ["http://evil.example", "http://chat.example", [], 403],
  ["null", "http://chat.example", [], 403],
  ["http://chat.example.evil.example", "http://chat.example", [], 403],
  ["http://evilchat.example", "http://chat.example", [], 403],
  ["http://chat.example@evil.example", "http://chat.example", [], 403],
  ["http://chat.example:81", "http://chat.example", [], 403],
  ["http://chat.example", "http://chat.example:81", [], 403],
  ["https://chat.example", "http://chat.example", [], 403],
  ["http://chat.example, http://evil.example", "http://chat.example", [], 403],
  ["", "http://chat.example", [], 403],
  ["https://a.example", "http://chat.example", ["--allow-origin=https://a.example"], 101],
  ["http://a.example", "http://chat.example", ["--allow-origin=https://a.example"], 403],
  ["http://evil.example", "http://chat.example", ["--allow-origin=*"], 101],
];
for (const [origin, base, flags, status] of ORIGINS) {
  Deno.test(`app: a page of "${origin}" at ${base} ${flags} gets ${status}`, async () => {
    await using test = new TestApp(flags);
    const response = await test.request("/ws/chat/x/", { headers: { ...HANDSHAKE, origin } }, {
      base,
    });
    const text = await response.text();
    assertEquals(response.status, status, text);
    if (status === 403) {
      const behindProxy = origin === `https://${new URL(base).host}`;
      assertStringIncludes(text, behindProxy ? "--trust-proxy" : "--allow-origin");
    }
  });
}

Deno.test("app: behind a trusted proxy the client's scheme is the proxy's word", async () => {
  const headers = { ...HANDSHAKE, origin: "https://chat.example", "x-forwarded-proto": "https" };
  assertEquals((await get("/ws/chat/x/", { headers })).status, 403);
  // Traefik calls a handshake's scheme "wss".
  for (const [proto, status] of [["https", 101], ["wss", 101], ["HTTPS", 101], ["ws", 403]]) {
    const said = { headers: { ...headers, "x-forwarded-proto": `${proto}` } };
    assertEquals((await get("/ws/chat/x/", said, ["--trust-proxy"])).status, status, `${proto}`);
  }
  const { response } = await get("/", { headers }, ["--trust-proxy"]);
  assertStringIncludes(response.headers.get("strict-transport-security")!, "max-age=");
});
