// @ts-types="./support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { RedisChannelLayer } from "../server/layers/redis.ts";
import { type Backend, channelLayerConformance, LIMITS } from "./channel_layer_conformance.ts";
import { RecordingChannel } from "./support/recording_channel.ts";
import { RedisServer } from "./support/redis_server.ts";

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
