// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { LayerUnavailableError } from "../server/layers/channel_layer.ts";
import { RedisLink } from "../server/layers/redis_link.ts";
import { RedisServer } from "./support/redis_server.ts";
import { type TcpLink, TcpProxy } from "./support/tcp_proxy.ts";
import { until } from "./support/until.ts";
import { within } from "./support/within.ts";

/** A link that has subscribed to the channel "kept", through a proxy to a Redis of its own. */
async function startLink(onLink?: (tcp: TcpLink) => void) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await RedisServer.start());
  const proxy = stack.use(await TcpProxy.listen(() => [server.port], onLink));
  const heard: string[] = [];
  const link = new RedisLink(`redis://127.0.0.1:${proxy.port}`, [], {
    message: (channel) => heard.push(channel),
    lost() {},
    ready() {},
  });
  stack.defer(() => link.close());
  await link.connected;
  await link.subscribe(["kept"]);
  const [commands, subscriber] = [...proxy.links].sort((a, b) => +subscribes(a) - +subscribes(b));
  assert(!subscribes(commands!) && subscribes(subscriber!));
  return {
    server,
    link,
    heard,
    commands: commands!,
    subscriber: subscriber!,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function subscribes({ head }: TcpLink): boolean {
  return /\r\nSUBSCRIBE\r\n/i.test(head);
}

Deno.test("redis link: commands are sent while the subscriber's connection is silent", async () => {
  await using stage = await startLink();
  const { link, subscriber } = stage;
  subscriber.stall();
  await assertRejects(() => link.subscribe(["new"]), LayerUnavailableError, "in time");
  assertEquals(await link.command(["PING"]), "PONG");
  assert(!link.ready, "no subscription can be made");
  subscriber.resume();
  await until(() => link.ready, "the answer that was given up");
});

Deno.test("redis link: a subscription is not given up for what is said before its answer", async () => {
  await using stage = await startLink();
  const { server, link, commands, subscriber } = stage;
  let held: Buffer | undefined;
  subscriber.fromTarget = (chunk) => {
    // nothing but messages gets past the answer: any other could be taken for it
    if (held === undefined ? !chunk.includes("subscribe") : chunk.includes("message")) return chunk;
    held = Buffer.concat([held ?? Buffer.of(), chunk]);
    return undefined;
  };
  commands.stall();
  const subscribed = link.subscribe(["new"]).then(() => "subscribed", String);
  // given up a second after it was sent, and so after the subscription would have been
  let silence = "";
  link.command(["PING"]).then(String, String).then((outcome) => silence = outcome);
  while (silence === "") await server.command("PUBLISH", "kept", "x");
  assertMatch(silence, /in time/);
  subscriber.fromTarget = (chunk) => {
    subscriber.fromTarget = undefined;
    return Buffer.concat([held!, chunk]);
  };
  await server.command("PUBLISH", "kept", "x");
  assertEquals(await within(subscribed, "the subscription"), "subscribed");
});

Deno.test("redis link: a channel subscribed to again while a new connection takes over stays so", async () => {
  let onLink = (_: TcpLink) => {};
  await using stage = await startLink((tcp) => onLink(tcp));
  const { server, link, heard, subscriber } = stage;
  await link.subscribe(["again"]);
  subscriber.stall();
  const left = link.unsubscribe(["again"]);
  // lets the handshake pass, and holds the subscriptions' answers until the last is there
  onLink = (tcp) => {
    let held = "";
    tcp.fromTarget = (chunk) => {
      if (held === "" && !chunk.includes("subscribe")) return chunk;
      held += chunk;
      if (!held.includes("again")) return undefined;
      tcp.fromTarget = undefined;
      return held;
    };
  };
  link.renewSubscriptions();
  await left;
  await until(() => link.ready, "the new connection");
  await link.subscribe(["again"]);
  await link.subscribe(["last"]);
  const channels = ["kept", "again", "last"];
  for (const channel of channels) await server.command("PUBLISH", channel, "x");
  await until(() => heard.includes("last"), "the last message");
  assertEquals(heard, channels);
});
