// @ts-types="./support/std_assert.d.ts"
import { assertEquals, assertGreater, assertLessOrEqual, assertNotEquals } from "@std/assert";
import { MemoryChannelLayer } from "../server/layers/memory.ts";
import { channelLayerConformance, LIMITS } from "./channel_layer_conformance.ts";
import { RecordingChannel } from "./support/recording_channel.ts";

channelLayerConformance("memory", () => {
  let layer: MemoryChannelLayer | undefined;
  return Promise.resolve({
    node: (limits) =>
      Promise.resolve(layer ??= new MemoryChannelLayer({ ...LIMITS, ...limits, totalBytes: 0 })),
    async [Symbol.asyncDispose]() {
      await layer?.[Symbol.asyncDispose]();
    },
  });
});

/** A layer whose time passes only when the test says so. */
function layerWithClock(options: Partial<ConstructorParameters<typeof MemoryChannelLayer>[0]>) {
  const clock = { now: 1000 };
  const layer = new MemoryChannelLayer({
    ...LIMITS,
    totalBytes: 0,
    now: () => clock.now,
    ...options,
  });
  return { clock, layer };
}

Deno.test("memory layer: a log is forgotten when it was silent for its ttl, not before", async () => {
  const { clock, layer } = layerWithClock({ ttl: 600_000 });
  await using _ = layer;
  const { epoch } = await layer.groupSend("g", { message: "x" });
  clock.now += 600_000;
  layer.sweep();
  const channel = new RecordingChannel();
  assertEquals((await layer.groupAdd("g", channel)).messages.length, 1);
  await layer.groupDiscard("g", channel);
  clock.now += 1;
  layer.sweep();
  const slice = await layer.groupAdd("g", channel);
  assertEquals(slice.messages, []);
  assertNotEquals(slice.epoch, epoch);
});

Deno.test("memory layer: who comes after the ttl, before any sweep, hears what is said", async () => {
  const { clock, layer } = layerWithClock({ ttl: 600_000 });
  await using _ = layer;
  await layer.groupSend("g", { message: "old" });
  clock.now += 600_001;
  const channel = new RecordingChannel();
  const { epoch, messages } = await layer.groupAdd("g", channel);
  assertEquals(messages, []);
  assertEquals(await layer.groupSend("g", { message: "new" }), { epoch, seq: 1 });
  assertEquals(channel.texts, ["new"]);
});

Deno.test("memory layer: a log that is in use keeps its epoch and numbers beyond the ttl", async () => {
  const { clock, layer } = layerWithClock({ ttl: 600_000 });
  await using _ = layer;
  const channel = new RecordingChannel();
  const { epoch } = await layer.groupAdd("g", channel);
  await layer.groupSend("g", { message: "x" });
  clock.now += 600_001;
  layer.sweep();
  assertEquals(await layer.groupSend("g", { message: "y" }), { epoch, seq: 2 });
  assertEquals(channel.gaps, []);
});

Deno.test("memory layer: a ref outlives the log it was for by two minutes", async () => {
  const { clock, layer } = layerWithClock({ messages: 1 });
  await using _ = layer;
  const message = { message: "x", from: "a", ref: "r" };
  const first = await layer.groupSend("g", message);
  await layer.groupSend("g", { message: "y" });
  clock.now += 119_999;
  assertEquals(await layer.groupSend("g", message), first);
});

Deno.test("memory layer: nor is it forgotten before when all logs are too big: the log alone goes", async () => {
  const { clock, layer } = layerWithClock({ totalBytes: 20_000 });
  await using _ = layer;
  const useUp = async (groups: string) => {
    for (let n = 0; n < 100; n++) {
      await layer.groupSend(`${groups}${n}`, { message: "x".repeat(900) });
    }
  };
  const message = { message: "x", from: "a", ref: "r" };
  const first = await layer.groupSend("g", message);
  clock.now += 120_000;
  await useUp("a");
  const channel = new RecordingChannel();
  assertEquals(await layer.groupAdd("g", channel), { ...first, messages: [], members: [] });
  await layer.groupDiscard("g", channel);
  assertEquals(await layer.groupSend("g", message), first);
  clock.now++;
  await useUp("b");
  assertNotEquals((await layer.groupSend("g", message)).epoch, first.epoch);
});

Deno.test("memory layer: a ref is known for as long as the log holds its message, however old", async () => {
  const { clock, layer } = layerWithClock({ messages: 3, ttl: 0 });
  await using _ = layer;
  const message = { message: "x", from: "a", ref: "r" };
  const first = await layer.groupSend("g", message);
  for (const ref of ["r2", "r3"]) {
    clock.now += 86_400_000;
    await layer.groupSend("g", { ...message, ref });
  }
  clock.now += 86_400_000;
  assertEquals(await layer.groupSend("g", message), first);
});

Deno.test("memory layer: with all logs too big, those that were silent longest go", async () => {
  const { clock, layer } = layerWithClock({ totalBytes: 30_000 });
  await using _ = layer;
  for (const group of ["a", "b", "c"]) {
    clock.now++;
    await layer.groupSend(group, { message: "x".repeat(3000) });
  }
  clock.now++;
  await layer.groupSend("a", { message: "again" });
  clock.now++;
  await layer.groupSend("d", { message: "x".repeat(3000) });
  const kept = async (group: string) =>
    (await layer.groupAdd(group, new RecordingChannel())).messages.length;
  assertEquals([await kept("a"), await kept("b"), await kept("c"), await kept("d")], [2, 0, 1, 1]);
});

Deno.test("memory layer: what a log takes is counted once it is read, too", async () => {
  const totalBytes = 20_000;
  const { clock, layer } = layerWithClock({ totalBytes });
  await using _ = layer;
  const groups = Array.from({ length: 100 }, (_, n) => `g${n}`);
  for (const group of groups) {
    clock.now++;
    await layer.groupAdd(group, new RecordingChannel());
    await layer.groupSend(group, { message: "x" });
    await layer.groupAdd(group, new RecordingChannel());
  }
  const kept: string[] = [];
  for (const group of groups) {
    const { messages } = await layer.groupAdd(group, new RecordingChannel());
    if (messages.length > 0) kept.push(group);
  }
  // A log that was read takes a kilobyte at least.
  assertGreater(kept.length, 10);
  assertEquals(kept, groups.slice(-kept.length));
  assertLessOrEqual(kept.length * 1024, totalBytes);
});

Deno.test("memory layer: a log that the sweep looked at is counted as what it takes", async () => {
  const totalBytes = 180_000;
  const { clock, layer } = layerWithClock({ ttl: 0, totalBytes });
  await using _ = layer;
  const groups = Array.from({ length: 50 }, (_, n) => `g${n}`);
  for (const group of groups) {
    clock.now++;
    await layer.groupSend(group, { message: "€".repeat(1300) });
  }
  clock.now += 130_000;
  layer.sweep();
  await layer.groupSend("last", { message: "x" });
  const kept: string[] = [];
  for (const group of groups) {
    const { messages } = await layer.groupAdd(group, new RecordingChannel());
    if (messages.length > 0) kept.push(group);
  }
  assertGreater(kept.length, 10);
  // The line, and what an unused group takes.
  assertLessOrEqual(kept.length * (1300 * 3 + 2048), totalBytes);
  assertEquals(kept, groups.slice(-kept.length));
});

Deno.test("memory layer: logs that went while their rooms were in use cost the others nothing", async () => {
  const { clock, layer } = layerWithClock({ totalBytes: 20_000 });
  await using _ = layer;
  const say = async (group: string, channel: RecordingChannel) => {
    clock.now++;
    await layer.groupAdd(group, channel);
    await layer.groupSend(group, { message: "x".repeat(900) });
  };
  const rooms = Array.from({ length: 100 }, (_, n) => ({
    group: `g${n}`,
    channel: new RecordingChannel(),
  }));
  for (const { group, channel } of rooms) await say(group, channel);
  for (const { group, channel } of rooms) await layer.groupDiscard(group, channel);
  await say("last", new RecordingChannel());
  const kept: string[] = [];
  for (const { group } of rooms) {
    const channel = new RecordingChannel();
    const { messages } = await layer.groupAdd(group, channel);
    if (messages.length > 0) kept.push(group);
    await layer.groupDiscard(group, channel);
  }
  assertGreater(kept.length, 2);
  assertEquals(kept, rooms.slice(-kept.length).map(({ group }) => group));
});
