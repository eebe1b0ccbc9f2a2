// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Parley } from "../../static/client.js";
import { Client, enter, said, Stage } from "../support/client_stage.ts";
import { within } from "../support/within.ts";

Deno.test("the waits between tries grow, jittered, up to the longest one", async () => {
  await using stage = new Stage();
  stage.refuse = 6;
  const client = new Client(stage, { retryFirst: 4, retryMax: 40, random: () => 0.5 });
  await using _ = client;
  const peer = await stage.accept();
  peer.welcome();
  await client.next("welcome");
  const waits = client.history.flatMap(({ detail }) => detail.retryIn ?? []);
  assertEquals(waits.map((wait) => Math.round(wait * 10) / 10), [2.4, 4.8, 9.6, 19.2, 24, 24]);
  // a connection that does not last is no success: the next wait is no shorter
  await peer.cut(1013);
  const { code, retryIn } = await client.reach("waiting");
  assertEquals([code, Math.round(retryIn)], [1013, 24]);
});

Deno.test("a server that goes away is no failure: the wait is the first one again", async () => {
  await using stage = new Stage();
  stage.refuse = 3;
  const client = new Client(stage, { retryFirst: 4, retryMax: 40, random: () => 0.5 });
  await using _ = client;
  const wait = async () => Math.round((await client.reach("waiting")).retryIn * 10) / 10;
  for (let restart = 0; restart < 3; restart++) {
    const peer = await stage.accept();
    peer.welcome();
    await client.reach("open");
    await peer.cut(1001);
    assertEquals(await wait(), 2.4);
  }
  // but one that lets nobody in is one
  await (await stage.accept()).cut(1001);
  assertEquals(await wait(), 4.8);
});

Deno.test("by default the first retry comes within a second, and none waits longer than 30", async () => {
  await using stage = new Stage();
  const address = stage.address;
  await stage[Symbol.asyncDispose]();
  const network = new EventTarget();
  const parley = new Parley(address, "lobby", { random: () => 1 - 2 ** -53, network });
  const waits: number[] = [];
  const enough = Promise.withResolvers<void>();
  parley.addEventListener("state", ({ detail }) => {
    if (detail.retryIn === undefined) return;
    waits.push(detail.retryIn);
    if (waits.length === 8) enough.resolve();
    else queueMicrotask(() => parley.connect());
  });
  parley.connect();
  await within(enough.promise, "eight tries");
  await parley.close();
  assertEquals(waits.map(Math.round), [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

Deno.test("when the network is back it tries at once", async () => {
  await using stage = new Stage();
  const network = new EventTarget();
  const hour = 3_600_000;
  const options = { network, retryFirst: hour, retryMax: hour };
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  network.dispatchEvent(new Event("online"));
  const again = await stage.accept();
  again.welcome();
  await client.reach("open");
  // on an open connection it asks for a sign of life, and the answer is nobody else's business
  network.dispatchEvent(new Event("online"));
  assertEquals(await again.next(), { type: "ping" });
  again.send({ type: "pong" }, said(1));
  await client.next("message");
  assertEquals(client.history.filter(({ type }) => type === "error"), []);
});

Deno.test("when the network is said to be gone, what does not answer soon is given up", async () => {
  await using stage = new Stage();
  const network = new EventTarget();
  const hour = 3_600_000;
  const options = { network, answerTimeout: hour, quietTimeout: hour };
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  // a false alarm: whoever answers stays
  network.dispatchEvent(new Event("offline"));
  assertEquals(await peer.next(), { type: "ping" });
  peer.send({ type: "pong" }, said(1));
  await client.next("message");
  network.dispatchEvent(new Event("offline"));
  assertEquals(await peer.next(), { type: "ping" });
  const { reason } = await client.reach("waiting");
  assertEquals(reason, "no answer in time");
  const states = client.history.filter(({ type }) => type === "state");
  assertEquals(states.length, 3);
});

Deno.test("connect() while waiting tries at once", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { retryFirst: 3_600_000 });
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  parley.connect();
  await stage.accept();
});

Deno.test("a connection without a welcome is given up and tried again", async () => {
  await using stage = new Stage();
  const client = new Client(stage, { welcomeTimeout: 20 });
  await using _ = client;
  const silent = await stage.accept();
  silent.send(said(1));
  await within(silent.closed.promise, "the end of the silent connection");
  assertEquals((await client.reach("waiting")).reason, "no welcome in time");
  assertEquals(client.texts, []);
  const peer = await stage.accept();
  peer.welcome();
  await client.reach("open");
});

Deno.test("a connection that does not answer is given up, and the message sent on the next", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { answerTimeout: 20 });
  await using _ = client;
  const message = parley.send("hi");
  assertEquals((await client.reach("waiting")).reason, "no answer in time");
  await within(peer.closed.promise, "the end of the silent connection");
  const again = await stage.accept();
  again.welcome();
  assertEquals((await again.next()).ref, message.ref);
});

Deno.test("a quiet connection is asked for a sign of life", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, { quietTimeout: 10, answerTimeout: 20 });
  await using _ = client;
  assertEquals(await peer.next(), { type: "ping" });
  peer.send({ type: "pong" });
  assertEquals(await peer.next(), { type: "ping" });
  assertEquals((await client.reach("waiting")).reason, "no answer in time");
});

Deno.test("close codes that only its own fault can cause end it", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  await peer.cut(1007);
  assertEquals((await client.reach("closed")).code, 1007);
  assertEquals(parley.state, "closed");
});

Deno.test("close() in any state leaves nothing open, and connect() goes on behind it", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage, { retryFirst: 3_600_000 });
  peer.send(said(1));
  await client.next("message");
  await parley.close();
  assertEquals(await within(peer.closed.promise, "the end of the connection"), 1005);
  assertEquals(parley.state, "closed");
  const kept = parley.send("kept");

  parley.connect();
  const again = await stage.accept();
  assertEquals(again.url.searchParams.get("after"), "1");
  again.welcome({ seq: 1 });
  assertEquals((await again.next()).ref, kept.ref);
  await again.cut();
  await client.reach("waiting");
  await parley.close();

  parley.connect();
  assertEquals(parley.state, "connecting");
  await parley.close();
  await parley.close();
  assertEquals(parley.state, "closed");
});

Deno.test("a listener may close it in the middle of a frame", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.addEventListener("message", () => void parley.close(), { once: true });
  peer.send(said(1), said(2));
  await client.reach("closed");
  await within(peer.closed.promise, "the end of the connection");
  assertEquals(client.texts, ["m1"]);
});

Deno.test("a connection that cannot even be tried: connect() throws, a later try waits", async () => {
  await using stage = new Stage();
  let forbidden = true;
  const Forbidding = new Proxy(WebSocket, {
    construct(target, args) {
      if (forbidden) throw new DOMException("no", "SecurityError");
      return Reflect.construct(target, args);
    },
  });
  const options = { WebSocket: Forbidding, retryFirst: 1 };
  assertThrows(() => new Parley(stage.address, "lobby", options).connect(), DOMException, "no");
  forbidden = false;
  const { client, peer } = await enter(stage, options);
  await using _ = client;
  forbidden = true;
  await peer.cut();
  await client.reach("waiting");
  assertEquals((await client.reach("waiting")).reason, "SecurityError: no");
  forbidden = false;
  await stage.accept();
});
