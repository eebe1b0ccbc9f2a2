// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { pause, until } from "../support/until.ts";
import { Cluster, type Node } from "./cluster.ts";

const MIB = 2 ** 20;

/** Has messages of 1 KB said, and waits until all but those who read nothing have shown them. */
async function talk(
  cluster: Cluster,
  count: number,
  rate: number,
  stopped = 0,
  onSay: (text: string) => void = () => {},
): Promise<void> {
  const chatters = cluster.chatters.slice(stopped);
  using load = cluster.load(rate, { length: 1_000, chatters, onSay });
  await until(() => load.said >= count, "the messages said", 60_000);
  load.stop();
  const late = () => cluster.chatters.filter(({ view }) => !view.isLast).length;
  await until(
    () => chatters.every(({ settled }) => settled) && late() <= stopped,
    "the others to have all",
    30_000,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

interface Window {
  /** How late 99 of 100 messages are shown at the most, in milliseconds. */
  p99: number;
  /** The node's resident memory behind it, in bytes. */
  memory: number;
}

/** Some windows of 1,000 messages each, to all but the first so many clients. */
async function windows(cluster: Cluster, count: number, stopped = 0): Promise<Window[]> {
  const found: Window[] = [];
  while (found.length < count) {
    const times: number[] = [];
    const saidAt = new Map<string, number>();
    const readers = cluster.chatters.slice(stopped);
    for (const reader of readers) {
      reader.onMessage = (text) => {
        const said = saidAt.get(text);
        if (said !== undefined) times.push(performance.now() - said);
      };
    }
    await talk(cluster, 1_000, 500, stopped, (text) => saidAt.set(text, performance.now()));
    for (const reader of readers) reader.onMessage = undefined;
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)]!;
    found.push({ p99, memory: await cluster.nodes[0]!.memory() });
  }
  return found;
}

/** A heap so small that it is collected all the time: then resident memory tells what is held. */
const SMALL_HEAP = { DENO_V8_FLAGS: "--max-old-space-size=40,--max-semi-space-size=1" };

/** The most memory that it had behind any of the windows. */
function peak(windows: readonly Window[]): number {
  return Math.max(...windows.map(({ memory }) => memory));
}

/** The node's memory, asked for seldom enough to leave it at rest. */
async function memorySoon(node: Node): Promise<number> {
  await pause(1_000);
  return await node.memory();
}

/**
 * The node's least memory in 12 s without talk. After 8 s of rest V8 gives back what has become much
 * (its memory reducer); while there is talk it may keep more than 10 MiB of garbage, or not.
 */
async function memoryAtRest(node: Node): Promise<number> {
  let least = Infinity;
  for (let seconds = 0; seconds < 12; seconds++) {
    least = Math.min(least, await memorySoon(node));
  }
  return least;
}

Deno.test("a reader stops for 5,000 messages of 1 KB, then reads on", async () => {
  await using cluster = await Cluster.start({ nodes: 1, clients: 8, flags: [], env: SMALL_HEAP });
  const [stopped] = cluster.chatters;
  const [link] = cluster.balancer.links;
  const last = () => cluster.ledger.last.seq;
  // the server's memory has to find its level first
  await talk(cluster, 20_000, 3_000);
  const before = await windows(cluster, 5);
  link!.stall();
  const during = await windows(cluster, 5, 1);
  const missing = last() - stopped!.view.at!.seq;
  link!.resume();
  // one that reads nothing is behind by more than the systems on both sides hold for it
  assertGreater(missing, 4_000);
  const { gaps, told } = await cluster.verify({ lossy: true });
  if (told > 0) assertEquals(gaps, 1);
  const p99 = (windows: Window[]) => median(windows.map(({ p99 }) => p99));
  assertLessOrEqual(p99(during), 1.5 * p99(before));
  assertLessOrEqual(peak(during) - peak(before), 2 * MIB);
});

/** Joins a room so many times; all leave when they are disposed. */
async function join(
  { nodes: [node], room }: Cluster,
  count: number,
): Promise<{ readers: RawWebSocket[] } & Disposable> {
  using stack = new DisposableStack();
  const path = `/ws/chat/${room}/`;
  const headers = { "Sec-WebSocket-Protocol": "parley.v1" };
  const readers: RawWebSocket[] = [];
  while (readers.length < count) {
    const reader = stack.use(await RawWebSocket.open({ port: node!.port, path, headers }));
    assertEquals(reader.status, 101);
    readers.push(reader);
  }
  const all = stack.move();
  return { readers, [Symbol.dispose]: () => all.dispose() };
}

/** Reads frames up to the message with that number. */
async function readUpTo(reader: RawWebSocket, seq: number): Promise<void> {
  for (let last = 0; last < seq;) {
    for (const line of (await reader.readText()).split("\n")) last = JSON.parse(line).seq ?? last;
  }
}

Deno.test("200 readers stop: what they cost is bounded, and given back", async () => {
  await using cluster = await Cluster.start({ nodes: 1, clients: 4, flags: [], env: SMALL_HEAP });
  const [node] = cluster.nodes;
  const allGone = async () => {
    await talk(cluster, 500, 500);
    assertEquals(await node!.metric("parley_connections"), cluster.chatters.length);
  };
  // the server's memory has to find its level first, also that of serving as many who do read
  await talk(cluster, 5_000, 1_500);
  {
    using joined = await join(cluster, 200);
    const { seq } = cluster.ledger.last;
    await Promise.all(joined.readers.map((reader) => readUpTo(reader, seq)));
  }
  await allGone();
  const rested = await memoryAtRest(node!);
  const before = await windows(cluster, 3);
  let during: Window[] = [];
  {
    using _stopped = await join(cluster, 200);
    during = await windows(cluster, 3);
  }
  await allGone();
  assertLessOrEqual(peak(during) - peak(before), 100 * MIB);
  const most = rested + 10 * MIB;
  await eventually(() => memorySoon(node!), (memory) => memory <= most, 60_000);
  await cluster.verify();
});

Deno.test("what a reader that has stopped says is acknowledged, also if it lies in the gap", async () => {
  const flags = ["--history", "200", "--history-bytes", "100K"];
  await using cluster = await Cluster.start({ nodes: 1, clients: 4, flags });
  const [stopped, ...others] = cluster.chatters;
  const [link] = cluster.balancer.links;
  link!.stall();
  // more than the systems on both sides hold, then more than the node keeps for who reads
  await talk(cluster, 5_000, 1_500, 1);
  const heard = Promise.withResolvers<void>();
  others[0]!.onMessage = (text) => text === "unheard" && heard.resolve();
  stopped!.say("unheard");
  await heard.promise;
  others[0]!.onMessage = undefined;
  await talk(cluster, 2_000, 1_500, 1);
  assertEquals(stopped!.settled, false);
  link!.resume();
  await until(() => stopped!.settled, "the answer");
  const { gaps, told } = await cluster.verify({ lossy: true });
  assertGreater(gaps, 0);
  assertGreater(told, 500);
});
