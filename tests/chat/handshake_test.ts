// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { enter } from "../support/enter.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { TestApp } from "../support/test_app.ts";

Deno.test("chat: a server that is going away lets nobody in", async () => {
  const test = new TestApp();
  const { port } = test;
  await using ann = await ChatSocket.open(test.ws("x"));
  const closed = test.app.close();
  using late = await RawWebSocket.open({ port, path: "/ws/chat/x/" });
  assertEquals([late.status, late.headers.get("retry-after")], [503, "1"]);
  await closed;
  assertEquals((await ann.closed).code, 1001);
  await test[Symbol.asyncDispose]();
});

Deno.test("chat: a handshake without a key gets 400, and nobody hears of it", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const path = "/ws/chat/lobby/";
  const headers = { "Sec-WebSocket-Key": "short" };
  using bad = await RawWebSocket.open({ port: test.port, path, headers });
  assertEquals(bad.status, 400);
  ben.socket.send({ message: "alone?" });
  assertEquals((await ben.socket.next()).message, "alone?");
});

Deno.test("chat: what is no handshake leaves no name behind", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const path = "/ws/chat/lobby/?name=Ghost";
  const protocol = { "Sec-WebSocket-Protocol": "parley.v1" };
  using bad = await RawWebSocket.open({
    port: test.port,
    path,
    headers: { ...protocol, Connection: "" },
  });
  assertEquals(bad.status, 426);
  ben.socket.send({ message: "alone?" });
  assertEquals((await ben.socket.next()).message, "alone?");
});

for (const offered of ["parley.v1,x", "x,parley.v1", "x , parley.v1", "parley.v1"]) {
  Deno.test(`chat: parley.v1 is found among the subprotocols "${offered}"`, async () => {
    await using test = new TestApp();
    const headers = {
      "Sec-WebSocket-Protocol": offered,
      "Connection": "keep-alive, Upgrade",
      "Upgrade": "x, WebSocket",
    };
    using raw = await RawWebSocket.open({ port: test.port, path: "/ws/chat/x/", headers });
    assertEquals([raw.status, raw.headers.get("sec-websocket-protocol")], [101, "parley.v1"]);
    assertEquals(JSON.parse((await raw.readText()).split("\n")[0]!).type, "welcome");
  });
}

for (const Host of ["a b", "chat.example/healthz?", "chat.example:99999999", "]["]) {
  Deno.test(`chat: the host "${Host}" is refused`, async () => {
    await using test = new TestApp();
    const path = "/ws/chat/x/";
    using raw = await RawWebSocket.open({ port: test.port, path, headers: { Host } });
    assertEquals([raw.status, await raw.body()], [400, "The request's address is not valid\n"]);
  });
}

Deno.test("chat: connections beyond the limits get 503 and a time to retry", async () => {
  await using test = new TestApp(["--max-connections", "3", "--max-connections-per-ip", "2"]);
  const open = () => RawWebSocket.open({ port: test.port, path: "/ws/chat/x/" });
  using one = await open();
  using two = await open();
  using three = await open();
  assertEquals([one.status, two.status, three.status], [101, 101, 503]);
  assert(Number(three.headers.get("retry-after")) > 0);
  assert((await three.body()).includes("from your address"));
});

Deno.test("chat: a connection that ended makes room for another", async () => {
  await using test = new TestApp(["--max-connections", "1"]);
  {
    await using ann = await ChatSocket.open(test.ws("x"));
    ann.socket.close();
    await ann.closed;
  }
  await using ben = await ChatSocket.open(test.ws("x"));
  ben.send({ message: "in" });
  assertEquals(await ben.next(), { message: "in" });
});

Deno.test("chat: behind a trusted proxy addresses are the proxy's word, its last one", async () => {
  await using test = new TestApp(["--max-connections-per-ip", "1", "--trust-proxy"]);
  const open = async (forwarded: string) => {
    const headers = { "X-Forwarded-For": forwarded };
    return await RawWebSocket.open({ port: test.port, path: "/ws/chat/x/", headers });
  };
  using one = await open("198.51.100.1");
  using two = await open("198.51.100.1, 198.51.100.2");
  using three = await open("198.51.100.9, 198.51.100.2");
  assertEquals([one.status, two.status, three.status], [101, 101, 503]);
});

Deno.test("chat: the origin is checked before the upgrade", async () => {
  await using test = new TestApp();
  const open = (Origin: string) =>
    RawWebSocket.open({ port: test.port, path: "/ws/chat/x/", headers: { Origin } });
  using own = await open(`http://127.0.0.1:${test.port}`);
  using foreign = await open("http://evil.example");
  using port = await open(`http://127.0.0.1:${test.port + 1}`);
  assertEquals([own.status, foreign.status, port.status], [101, 403, 403]);
});

Deno.test("chat: when the server closes, its members hear 1001 after what was said", async () => {
  const test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("x"));
  ann.send({ message: "last words" });
  await ann.next();
  await test[Symbol.asyncDispose]();
  assertEquals((await ann.closed).code, 1001);
});
