// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import { Buffer } from "node:buffer";
import { createClient } from "redis";
import { LayerUnavailableError } from "../server/layers/channel_layer.ts";
import { RedisChannelLayer } from "../server/layers/redis.ts";
import { PROBE, SEND } from "../server/layers/redis_scripts.ts";
import { type Backend, channelLayerConformance, LIMITS } from "./channel_layer_conformance.ts";
import { REF_LIFE } from "../server/layers/ref_memory.ts";
import { eventually } from "./support/eventually.ts";
import { RecordingChannel } from "./support/recording_channel.ts";
import { RedisServer } from "./support/redis_server.ts";
import { TcpProxy } from "./support/tcp_proxy.ts";
import { until } from "./support/until.ts";
import { within } from "./support/within.ts";

/** A Redis of its own, and as many nodes on it as asked for. */
async function startBackend(): Promise<Backend & { readonly server: RedisServer }> {
  const server = await RedisServer.start();
  const nodes: RedisChannelLayer[] = [];
  return {
    server,
    async node(limits) {
      const layer = new RedisChannelLayer({
        ...LIMITS,
        ...limits,
        url: server.url,
        prefix: "asgi",
      });
      nodes.push(layer);
      await layer.connected;
      return layer;
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

channelLayerConformance("redis", startBackend);

Deno.test("redis layer: one subscription per group and node, given back with the last channel", async () => {
  await using backend = await startBackend();
  const [one, two] = [await backend.node(), await backend.node()];
  const subscribers = async () =>
    await backend.server.command("PUBSUB", "NUMSUB", "asgi__group__g", "parley:{g}:events");
  const channels = [new RecordingChannel(), new RecordingChannel(), new RecordingChannel()];
  await one.groupAdd("g", channels[0]!);
  await one.groupAdd("g", channels[1]!);
  await two.groupAdd("g", channels[2]!);
  assertEquals(await subscribers(), ["asgi__group__g", 2, "parley:{g}:events", 2]);
  await one.groupDiscard("g", channels[0]!);
  await two.groupDiscard("g", channels[2]!);
  assertEquals(await subscribers(), ["asgi__group__g", 1, "parley:{g}:events", 1]);
  await one.groupDiscard("g", channels[1]!);
  assertEquals(await backend.server.command("PUBSUB", "CHANNELS"), []);
});

Deno.test("redis layer: a subscription given back while Redis is away does not come back with it", async () => {
  await using backend = await startBackend();
  const { server } = backend;
  const layer = await backend.node();
  const channels = [new RecordingChannel(), new RecordingChannel()];
  await layer.groupAdd("kept", channels[0]!);
  await layer.groupAdd("left", channels[1]!);
  await server.kill();
  await until(() => !layer.ready, "Redis to be away");
  await layer.groupDiscard("left", channels[1]!);
  await server.restart();
  await until(() => layer.ready, "Redis to be back");
  const kept = ["asgi__group__kept", "parley:{kept}:events"];
  await server.waitFor(
    ["PUBSUB", "CHANNELS"],
    (channels) => (channels as string[]).sort().join() === kept.join(),
  );
});

Deno.test("redis layer: what could not be read while Redis refused its work is read when it does it again", async () => {
  await using server = await RedisServer.start();
  const dropped = Promise.withResolvers<void>();
  await using layer = new RedisChannelLayer({
    ...LIMITS,
    url: server.url,
    prefix: "asgi",
    onDropped: dropped.resolve,
  });
  await layer.connected;
  const { epoch } = await layer.groupAdd("g", new RecordingChannel());
  await server.command("REPLICAOF", "127.0.0.1", "1");
  await until(() => !layer.ready, "Redis to refuse");
  // has the log read, whose answer comes before that to the next command
  await publish(server, "asgi__group__g", forgery(epoch));
  await dropped.promise;
  await assertRejects(() => layer.rosterSet("g", { id: "a", name: "Ann" }), LayerUnavailableError);
  const listener = createClient({ url: server.url });
  await listener.connect();
  const read = Promise.withResolvers<string>();
  await listener.subscribe("parley:{g}:events", read.resolve);
  await server.command("REPLICAOF", "NO", "ONE");
  await within(read.promise, "the log's reading");
  await listener.close();
});

Deno.test("redis layer: a member on two nodes stays until both have let it go", async () => {
  await using backend = await startBackend();
  const [one, two] = [await backend.node(), await backend.node()];
  const channel = new RecordingChannel();
  await one.groupAdd("g", channel);
  await one.rosterSet("g", { id: "a", name: "Ann" });
  await two.rosterSet("g", { id: "a", name: "Ann" });
  await one.rosterDiscard("g", "a");
  await one.rosterDiscard("g", "a");
  await two.rosterSet("g", { id: "b", name: "Ben" });
  await channel.until(() => channel.roster.some(([id]) => id === "b"), "Ben");
  assert(!channel.roster.some(([, name]) => name === undefined), "Ann is still there");
  await two.rosterDiscard("g", "a");
  await channel.until(() => channel.roster.at(-1)?.[1] === undefined, "Ann's leave");
  assertEquals(channel.roster.at(-1), ["a", undefined]);
});

Deno.test("redis layer: when Redis forgets all, log and roster begin anew and everybody learns it", async () => {
  await using backend = await startBackend();
  const [one, two] = [await backend.node(), await backend.node()];
  const channels = [new RecordingChannel(), new RecordingChannel()];
  const { epoch } = await one.groupAdd("g", channels[0]!);
  await two.groupAdd("g", channels[1]!);
  await one.rosterSet("g", { id: "a", name: "Ann" });
  await two.groupSend("g", { message: "before" });
  for (const channel of channels) await channel.count(1);
  await backend.server.command("FLUSHALL");
  await two.rosterSet("g", { id: "b", name: "Ben" });
  const after = await two.groupSend("g", { message: "after" });
  assertNotEquals(after.epoch, epoch);
  for (const channel of channels) {
    await channel.text("after");
    assertEquals(channel.gaps.map(({ epoch, at }) => [epoch, at]), [[after.epoch, 1]]);
    const last = () => new Map(channel.roster);
    await channel.until(() => last().get("b") === "Ben", "Ben");
    await channel.until(() => last().get("a") === undefined, "that Ann was forgotten");
  }
});

Deno.test("redis layer: numbers are not given twice when Redis comes back with older data", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  const { epoch } = await layer.groupAdd("g", channel);
  for (const message of ["one", "two", "three"]) await layer.groupSend("g", { message });
  await channel.count(3);
  await backend.server.command("HSET", "parley:{g}:state", "seq", "1");
  await backend.server.command("XDEL", "parley:{g}:log", "2-0", "3-0");
  const { epoch: renewed } = await layer.groupSend("g", { message: "four" });
  assertNotEquals(renewed, epoch);
  await channel.text("four");
  assertEquals(channel.texts, ["one", "two", "three", "four"]);
  assertEquals(channel.gaps.length, 1);
  // who comes now is given no log with a hole
  const other = await backend.node();
  const { seq, messages } = await other.groupAdd("g", new RecordingChannel());
  assertEquals([seq, messages.map(({ seq, message }) => [seq, message])], [4, [[4, "four"]]]);
});

Deno.test("redis layer: nor when nobody here followed the group meanwhile", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  const { epoch } = await layer.groupAdd("g", channel);
  for (const message of ["one", "two"]) await layer.groupSend("g", { message });
  await channel.count(2);
  await layer.groupDiscard("g", channel);
  await backend.server.command("HSET", "parley:{g}:state", "seq", "1");
  await backend.server.command("XDEL", "parley:{g}:log", "2-0");
  const { epoch: renewed, seq } = await layer.groupAdd("g", channel);
  assertNotEquals(renewed, epoch);
  assertEquals(seq, 2);
  await layer.groupSend("g", { message: "three" });
  await channel.text("three");
});

/** How many numbers are given again, how long the log is, and whether that shows whose they are. */
const AGAIN: [numbers: number, log: number, known: boolean][] = [
  [1, 10, true],
  [2, 10, true],
  [2, 1, true],
  [1, 0, true],
  // who had them is told of a gap anyway
  [2, 0, false],
];
for (const [numbers, log, known] of AGAIN) {
  Deno.test(`redis layer: nor when a new node has given ${numbers} of them again, with a log of ${log}`, async () => {
    await using backend = await startBackend();
    let away = false;
    await using proxy = await TcpProxy.listen(() => away ? [] : [backend.server.port]);
    await using far = new RedisChannelLayer({
      ...LIMITS,
      messages: log,
      url: `redis://127.0.0.1:${proxy.port}/0`,
      prefix: "asgi",
    });
    await far.connected;
    const channel = new RecordingChannel();
    const { epoch } = await far.groupAdd("g", channel);
    await far.groupSend("g", { message: "one" });
    await backend.server.command("SAVE");
    await far.groupSend("g", { message: "lost" });
    await channel.count(2);
    away = true;
    for (const link of proxy.links) link.reset();
    await backend.server.restart();
    const near = await backend.node({ messages: log });
    const nearChannel = new RecordingChannel();
    assertEquals((await near.groupAdd("g", nearChannel)).epoch, epoch);
    for (let n = 1; n <= numbers; n++) await near.groupSend("g", { message: `again ${n}` });
    away = false;
    await channel.until(() => channel.gaps.length > 0, "the gap");
    // a node without a log has this one, or a gap in its place
    await near.groupSend("g", { message: "after" });
    await nearChannel.until(() => nearChannel.gaps.length > 0 === known, "their gap");
    const { seq } = await near.groupSend("g", { message: "last" });
    for (const each of [channel, nearChannel]) {
      await each.text("last");
      assertEquals(each.messages.at(-1)!.seq, seq);
    }
    assertEquals(channel.texts, ["one", "lost", "after", "last"]);
    assertEquals([channel.gaps.length, nearChannel.gaps.length > 0], [1, known]);
  });
}

for (const [said, log] of [[1, 1], [2, 3], [3, 3], [4, 3]] as const) {
  Deno.test(`redis layer: who comes back after ${said} messages finds the same log of ${log}`, async () => {
    await using backend = await startBackend();
    const limits = { messages: log };
    const [one, two] = [await backend.node(limits), await backend.node(limits)];
    const [oneChannel, twoChannel] = [new RecordingChannel(), new RecordingChannel()];
    const { epoch } = await one.groupAdd("g", oneChannel);
    await two.groupAdd("g", twoChannel);
    await two.groupSend("g", { message: "heard" });
    await oneChannel.text("heard");
    await one.groupDiscard("g", oneChannel);
    for (let n = 1; n <= said; n++) await two.groupSend("g", { message: `missed ${n}` });
    const back = await one.groupAdd("g", oneChannel);
    assertEquals([back.epoch, back.seq], [epoch, 1 + said]);
    assertEquals(back.messages.length, Math.min(log, 1 + said));
    await two.groupSend("g", { message: "last" });
    await twoChannel.text("last");
    assertEquals(twoChannel.gaps, []);
  });
}

Deno.test("redis layer: who had left goes again when Redis comes back with older data", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  await layer.groupAdd("g", channel);
  for (const [id, name] of [["a", "Ann"], ["b", "Ben"]]) {
    await layer.rosterSet("g", { id: id!, name: name! });
  }
  await backend.server.command("SAVE");
  await layer.rosterDiscard("g", "a");
  const roster = () => new Map(channel.roster);
  await channel.until(() => roster().get("a") === undefined, "Ann's leave");
  const back = channel.until(() => roster().get("a") === "Ann", "that Ann is back");
  await backend.server.restart();
  await back;
  await channel.until(() => roster().get("a") === undefined, "Ann's second leave");
  assertEquals(roster().get("b"), "Ben");
});

Deno.test("redis layer: nor does who had left a node that follows the group no more", async () => {
  await using backend = await startBackend();
  const [one, two] = [await backend.node(), await backend.node()];
  const channels = [new RecordingChannel(), new RecordingChannel()];
  await one.groupAdd("g", channels[0]!);
  await two.groupAdd("g", channels[1]!);
  await one.rosterSet("g", { id: "a", name: "Ann" });
  await two.rosterSet("g", { id: "b", name: "Ben" });
  await backend.server.command("SAVE");
  await one.rosterDiscard("g", "a");
  await one.groupDiscard("g", channels[0]!);
  await backend.server.restart();
  const members = ["HKEYS", "parley:{g}:members"];
  await backend.server.waitFor(members, (ids) => String(ids) === "b");
  // what waits for its next try to connect would outlast the test
  await until(() => one.ready && two.ready, "both nodes to be back at Redis");
  assert(await two.rosterSet("g", { id: "c", name: "Ann" }));
});

Deno.test("redis layer: a member stays, whether its node follows the group or not", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  await layer.rosterSet("early", { id: "a", name: "Ann" });
  await layer.groupAdd("early", channel);
  await layer.groupAdd("late", channel);
  await layer.rosterSet("late", { id: "a", name: "Ann" });
  await layer.groupDiscard("late", channel);
  await layer.groupAdd("late", channel);
  const beats = async () => Number(await backend.server.command("HVALS", "parley:nodes"));
  const before = await beats();
  // with each beat a node looks after its groups, before the next
  await eventually(beats, (now) => now >= before + 2);
  for (const group of ["early", "late"]) {
    assertEquals(String(await backend.server.command("HKEYS", `parley:{${group}}:members`)), "a");
  }
});

Deno.test("redis layer: a ref is known for as long as the log holds its message, however old", async () => {
  await using backend = await startBackend();
  const layer = await backend.node({ messages: 3, ttl: 0 });
  const send = (ref: string) => layer.groupSend("g", { message: "x", from: "a", ref });
  // As if the refs so far were from long ago.
  const age = () => backend.server.command("HSET", "parley:{g}:state", "refs_since", "1");
  const first = await send("r1");
  for (const ref of ["r2", "r3"]) {
    await age();
    await send(ref);
  }
  await age();
  assertEquals(await send("r1"), first);
});

/** Hears of each command that Redis is given, as MONITOR tells it. */
async function monitor(url: string, onCommand: (line: string) => void): Promise<Disposable> {
  const client = createClient({ url, RESP: 2 });
  client.on("error", () => {});
  await client.connect();
  await client.monitor(onCommand);
  return { [Symbol.dispose]: () => client.destroy() };
}

Deno.test("redis layer: a send is one command: number, ref, log and publication in one script", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  await layer.groupAdd("g", channel);
  await layer.groupSend("g", { message: "the scripts are known" });
  /** What concerned the group: by whom, `lua` for a script, and the command. */
  const commands: string[] = [];
  const published = Promise.withResolvers<void>();
  using _ = await monitor(backend.server.url, (line) => {
    // the node looks after the group now and then
    if (!/\{g\}|asgi__group__g/.test(line) || line.includes(PROBE.sha)) return;
    const [, by, command] = /\[\d+ (\S+)\] "(\w+)"/.exec(line)!;
    commands.push(`${by === "lua" ? by : "a client"}: ${command!.toLowerCase()}`);
    if (commands.at(-1) === "lua: publish") published.resolve();
  });
  await layer.groupSend("g", { message: "hi", from: "a", ref: "r" });
  await within(published.promise, "the publication");
  assertEquals(commands.filter((command) => !command.startsWith("lua: ")), ["a client: evalsha"]);
  for (const needed of ["hget", "xadd", "hset", "publish"]) {
    assert(commands.includes(`lua: ${needed}`), `${needed} in ${commands}`);
  }
});

Deno.test("redis layer: what is said to a group in one turn goes in one command, each once", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const channel = new RecordingChannel();
  await layer.groupAdd("g", channel);
  await layer.groupSend("g", { message: "the scripts are known" });
  let calls = 0;
  const last = Promise.withResolvers<void>();
  using _ = await monitor(backend.server.url, (line) => {
    if (!line.includes(SEND.sha)) return;
    calls++;
    if (line.includes('"a r4"')) last.resolve();
  });
  const message = (n: number) => ({ message: `${n}`, from: "a", ref: `r${n}` });
  const sends = [1, 2, 2, 3, 1].map((n) => layer.groupSend("g", message(n)));
  const other = layer.groupSend("other", message(1));
  assertEquals((await Promise.all(sends)).map(({ seq }) => seq), [2, 3, 3, 4, 2]);
  assertEquals((await other).seq, 1);
  await channel.text("3");
  assertEquals(channel.texts, ["the scripts are known", "1", "2", "3"]);
  await layer.groupSend("g", message(4));
  await within(last.promise, "the last call");
  assertEquals(calls, 3);
});

Deno.test("redis layer: without a log, refs may be forgotten and all goes on", async () => {
  await using backend = await startBackend();
  const layer = await backend.node({ messages: 0 });
  const channel = new RecordingChannel();
  await layer.groupAdd("g", channel);
  await layer.groupSend("g", { message: "one", from: "a", ref: "r1" });
  // As it is when both generations of refs have expired, minutes later.
  await backend.server.command("DEL", "parley:{g}:refs", "parley:{g}:refs:old");
  await backend.server.command("HSET", "parley:{g}:state", "refs_since", "1");
  await layer.groupSend("g", { message: "two", from: "a", ref: "r2" });
  await channel.text("two");
  assertEquals(layer.ready, true);
});

Deno.test("redis layer: what is kept for ever has no time to live, and other things have", async () => {
  await using backend = await startBackend();
  const [ever, day] = [await backend.node({ ttl: 0 }), await backend.node({ ttl: 60_000 })];
  const ttl = async (key: string) => Number(await backend.server.command("PTTL", key));
  await ever.groupAdd("ever", new RecordingChannel());
  assert(await ttl("parley:{ever}:state") > 0, "nothing was said there yet");
  await ever.groupSend("ever", { message: "x", from: "a", ref: "r" });
  await day.groupSend("day", { message: "x", from: "a", ref: "r" });
  for (const key of ["state", "log", "refs"]) {
    assertEquals(await ttl(`parley:{ever}:${key}`), -1);
    assert(await ttl(`parley:{day}:${key}`) > 50_000);
  }
});

Deno.test("redis layer: a group that nothing was said in is not kept for long", async () => {
  await using backend = await startBackend();
  const layer = await backend.node({ ttl: 86_400_000 });
  const ttl = async () => Number(await backend.server.command("PTTL", "parley:{quiet}:state"));
  await layer.groupAdd("quiet", new RecordingChannel());
  const left = await ttl();
  assert(left > 0 && left <= 600_000, `${left} ms`);
  // a node that holds it looks after it, for ten minutes each time
  assert(await eventually(ttl, (kept) => kept > REF_LIFE) <= 600_000);
});

Deno.test("redis layer: a group that Redis refuses to look into does not keep the others from it", async () => {
  await using backend = await startBackend();
  const layer = await backend.node();
  const ttl = async () => Number(await backend.server.command("PTTL", "parley:{last}:state"));
  // more than are looked at in one go
  for (let count = 0; count < 100; count++) {
    await layer.groupAdd(`g${count}`, new RecordingChannel());
  }
  await layer.groupAdd("last", new RecordingChannel());
  await eventually(ttl, (left) => left > REF_LIFE);
  await backend.server.command("SET", "parley:{g0}:state", "no hash");
  await backend.server.command("PEXPIRE", "parley:{last}:state", String(REF_LIFE));
  await eventually(ttl, (left) => left > REF_LIFE);
  await backend.server.command("DEL", "parley:{g0}:state");
});

Deno.test("redis layer: what nobody signed is dropped and counted, and its number is not taken", async () => {
  let dropped = 0;
  await using server = await RedisServer.start();
  const layer = new RedisChannelLayer({
    ...LIMITS,
    url: server.url,
    prefix: "asgi",
    onDropped: () => dropped++,
  });
  await using _ = layer;
  await layer.connected;
  const channel = new RecordingChannel();
  const { epoch } = await layer.groupAdd("g", channel);
  await layer.groupSend("g", { message: "one" });
  for (const payload of [forgery(epoch), encode([1]), encode({ type: "chat.close" }), "\xc1", ""]) {
    await publish(server, "asgi__group__g", payload);
  }
  await layer.groupSend("g", { message: "two" });
  await channel.text("two");
  assertEquals(channel.messages.map(({ seq, message }) => [seq, message]), [[1, "one"], [
    2,
    "two",
  ]]);
  assertEquals(dropped, 5);
});

/** A message as the layer's, but for the signature. */
function forgery(epoch: string): Uint8Array {
  return encode({ type: "chat.message", message: "forged", seq: 2, epoch, mac: "0".repeat(40) });
}

async function publish(server: RedisServer, channel: string, payload: Uint8Array | string) {
  const client = createClient({ url: server.url });
  await client.connect();
  await client.publish(channel, typeof payload === "string" ? payload : Buffer.from(payload));
  await client.close();
}
