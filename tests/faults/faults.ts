import { Buffer } from "node:buffer";
import { encode } from "@msgpack/msgpack";
import { freePort } from "../support/free_port.ts";
import type { TcpLink } from "../support/tcp_proxy.ts";
import { pause, until } from "../support/until.ts";
import type { Cluster, Node } from "./cluster.ts";
import type { FakeClock } from "./fake_clock.ts";

/*
 * Every fault is written once, here: it breaks something, and when it resolves the cause has been put right. What comes
 * after that the cluster has to do by itself.
 */

/** Kills Redis, and starts it again after a time. */
export async function crashRedis({ redis }: Cluster, milliseconds: number): Promise<void> {
  await redis.kill();
  await pause(milliseconds);
  await redis.restart();
}

/** Has Redis forget all it holds. */
export async function emptyRedis({ admin }: Cluster): Promise<void> {
  await admin.sendCommand(["FLUSHALL"]);
}

/** Stops Redis as a dead link would look, and lets it go on after a time. */
export async function freezeRedis({ redis }: Cluster, milliseconds: number): Promise<void> {
  redis.freeze();
  await pause(milliseconds);
  redis.resume();
}

/** Cuts all subscriptions five times a second for a time. */
export async function cutSubscriptions({ admin }: Cluster, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 200) {
    await admin.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
    await pause(200);
  }
}

/** Publishes ARGV[1] times ARGV[2] bytes that nobody understands, at once. */
const FLOOD = `
local junk = string.rep('x', tonumber(ARGV[2]))
for _ = 1, tonumber(ARGV[1]) do redis.call('PUBLISH', KEYS[1], junk) end
`;

/**
 * Lets Redis keep 64 KB for a subscriber that does not keep up, and publishes more than that at once, again and again
 * for a time. Returns how many subscriptions Redis has cut.
 */
export async function floodSubscriptions(cluster: Cluster, milliseconds: number): Promise<number> {
  const { admin } = cluster;
  const limit = (bytes: number) =>
    admin.sendCommand(["CONFIG", "SET", "client-output-buffer-limit", `pubsub ${bytes} 0 0`]);
  const subscribers = async () => {
    const list = String(await admin.sendCommand(["CLIENT", "LIST", "TYPE", "pubsub"]));
    return [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => id!);
  };
  let cut = 0;
  await limit(65_536);
  for (let passed = 0; passed < milliseconds; passed += 250) {
    const before = await subscribers();
    await admin.sendCommand(["EVAL", FLOOD, "1", groupChannel(cluster), "100", "1000"]);
    await pause(250);
    const after = new Set(await subscribers());
    cut += before.filter((id) => !after.has(id)).length;
  }
  await limit(32 << 20);
  return cut;
}

/** How a subscription goes deaf: nothing comes any more, or only the answers to pings do. */
export type Deafness = "silent" | "pings only";

/** Whether the node has a subscription, and a proxy before Redis: it has none while no client is on it. */
export function canBeDeafened({ proxy }: Node): boolean {
  return proxy !== undefined && [...proxy.links].some(isSubscription);
}

/** Lets nothing more through the subscriptions that the node has now; new ones work. */
export function deafen({ proxy }: Node, how: Deafness): void {
  const links = [...proxy!.links].filter(isSubscription);
  if (links.length === 0) throw new Error("Cannot deafen the node: it has no subscription");
  for (const link of links) {
    link.fromTarget = how === "silent"
      ? () => undefined
      : (chunk) => "+PONG\r\n".repeat(chunk.toString("latin1").split("+PONG\r\n").length - 1);
  }
}

function isSubscription({ head }: TcpLink): boolean {
  return /\r\nSUBSCRIBE\r\n/i.test(head);
}

/** How Redis can refuse its work while it is there. */
export type Refusal = "password" | "readonly" | "oom" | "loading" | "maxclients";

/** Writes keys, so that reading them from disk takes a while. */
const FILL = `for i = 1, tonumber(ARGV[1]) do redis.call('SET', 'filler:' .. i, i, 'EX', 300) end`;

/** How many keys `loading` reads; with {@linkcode SLOW_LOADING} that takes some seconds. */
const FILLERS = 4_000;

/** Arguments of redis-server by which it takes 500 µs to read a key from disk. */
export const SLOW_LOADING = ["--key-load-delay", "500"];

/** Each brings the refusal about and resolves to what ends it. */
export const REFUSALS: Record<Refusal, (cluster: Cluster) => Promise<() => Promise<unknown>>> = {
  async password({ admin }) {
    await admin.sendCommand(["CONFIG", "SET", "requirepass", "another"]);
    await cutAll(admin);
    return () => admin.sendCommand(["CONFIG", "SET", "requirepass", ""]);
  },
  async readonly({ admin }) {
    await admin.sendCommand(["REPLICAOF", "127.0.0.1", `${freePort()}`]);
    return () => admin.sendCommand(["REPLICAOF", "NO", "ONE"]);
  },
  async oom({ admin }) {
    await admin.sendCommand(["CONFIG", "SET", "maxmemory", "1mb"]);
    return () => admin.sendCommand(["CONFIG", "SET", "maxmemory", "0"]);
  },
  async loading({ admin, redis }) {
    await admin.sendCommand(["EVAL", FILL, "0", `${FILLERS}`]);
    await redis.kill();
    const ready = redis.restart();
    // it may fail before anybody waits for it
    ready.catch(() => {});
    return () => ready;
  },
  async maxclients({ admin }) {
    await admin.sendCommand(["CONFIG", "SET", "maxclients", "1"]);
    await cutAll(admin);
    return () => admin.sendCommand(["CONFIG", "SET", "maxclients", "10000"]);
  },
};

async function cutAll(admin: Cluster["admin"]): Promise<void> {
  for (const type of ["normal", "pubsub"]) {
    await admin.sendCommand(["CLIENT", "KILL", "TYPE", type]);
  }
}

/** What somebody who can reach Redis may put on a room's channels, and a node must not believe. */
export async function forge(cluster: Cluster): Promise<number> {
  const { admin } = cluster;
  const { last } = cluster.ledger;
  const state = await admin.sendCommand(["HGETALL", "parley:{chat_lobby}:state"]);
  const flat = state as unknown as string[];
  const epoch = flat[flat.indexOf("epoch") + 1]!;
  const version = Number(flat[flat.indexOf("roster") + 1]);
  const message = "forged";
  const chat = { type: "chat.message", message, at: Date.now() };
  const sign = (map: object) => ({ ...map, mac: "0".repeat(40) });
  const group: (Uint8Array | object)[] = [
    crypto.getRandomValues(new Uint8Array(100)),
    new Uint8Array(0),
    Uint8Array.of(0xc1),
    { type: "chat.message" },
    { type: "websocket.close" },
    { ...chat, epoch, seq: last.seq + 1 },
    sign({ ...chat, epoch, seq: last.seq + 1 }),
    sign({ ...chat, epoch, seq: last.seq + 1_000_000 }),
    sign({ ...chat, epoch, seq: 1 }),
    sign({ ...chat, epoch: "another", seq: 1 }),
  ];
  const member = { type: "parley.member", node: "nobody" };
  const events: (Uint8Array | object)[] = [
    crypto.getRandomValues(new Uint8Array(100)),
    { ...member, id: "ghost", name: "Ghost", roster: version + 1 },
    { ...member, id: "ghost", name: "Ghost", roster: version + 1_000 },
    { ...member, id: cluster.chatters[0]!.parley.you!.id, name: false, roster: version + 2 },
    { type: "parley.nothing" },
  ];
  const publish = (channel: string, payload: Uint8Array | object) => {
    // deno-lint-ignore no-explicit-any -- it takes any value that MessagePack has
    const bytes = payload instanceof Uint8Array ? payload : encode(payload as any);
    return admin.sendCommand(["PUBLISH", channel, Buffer.from(bytes)]);
  };
  for (const payload of group) await publish(groupChannel(cluster), payload);
  for (const payload of events) await publish("parley:{chat_lobby}:events", payload);
  return group.length + events.length;
}

function groupChannel({ room }: Cluster): string {
  return `asgi__group__chat_${room}`;
}

/** Kills a node. `node.start` brings it up again. */
export async function crashNode(node: Node): Promise<void> {
  node.up = false;
  await node.process.kill();
}

/** Asks a node to end, as a deployment does, and returns its exit code. `node.start` brings it up again. */
export async function stopNode(node: Node): Promise<number> {
  node.process.signal("SIGTERM");
  node.up = false;
  return await node.process.exitCode();
}

/** Restarts one node after the other. */
export async function restartAll({ nodes }: Cluster): Promise<void> {
  for (const node of nodes) {
    const code = await stopNode(node);
    if (code !== 0) throw new Error(`${node.name} ended with ${code}`);
    await node.start();
  }
}

/** Stops a node's work without closing a connection, and lets it go on after a time. */
export async function freezeNode(node: Node, milliseconds: number): Promise<void> {
  node.up = false;
  node.process.signal("SIGSTOP");
  await pause(milliseconds);
  node.process.signal("SIGCONT");
  node.up = true;
}

/** Cuts so many connections of clients by RST, each at a random moment; `rate` a second. */
export async function cutClients(cluster: Cluster, count: number, rate: number): Promise<void> {
  for (let cuts = 0; cuts < count; cuts++) {
    await pause(cluster.random() * 2_000 / rate);
    await until(() => cluster.balancer.links.size > 0, "a connection to cut");
    cluster.pick([...cluster.balancer.links]).reset();
  }
}

/** Has a client read nothing more for a time. */
export async function stallReader(link: TcpLink, milliseconds: number): Promise<void> {
  link.stall();
  await pause(milliseconds);
  link.resume();
}

/** Sets all clocks an hour ahead, an hour back, and right again, some seconds each. */
export async function jumpClock(clock: FakeClock, milliseconds: number): Promise<void> {
  for (const seconds of [3_600, 0, -3_600, 0]) {
    clock.set(seconds);
    await pause(milliseconds);
  }
}
