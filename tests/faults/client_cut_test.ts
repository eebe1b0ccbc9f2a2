// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { TcpProxy } from "../support/tcp_proxy.ts";
import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { cutClients } from "./faults.ts";

/** Each client is cut again and again: with the usual waits it would soon be out most of the time. */
const IMPATIENT = { retryFirst: 100, retryMax: 300 };

Deno.test("clients are cut at random moments, 2,000 times", async () => {
  await using cluster = await Cluster.start({ clients: 48, client: IMPATIENT });
  {
    using _load = cluster.load(200);
    await cluster.flowing();
    await cutClients(cluster, 2_000, 100);
    await cluster.flowing();
  }
  assertGreater(cluster.chatters.filter(({ longestOutage }) => longestOutage > 0).length, 40);
  await cluster.verify();
});

Deno.test("a client is cut between a send and its answer, and retries on another node", async () => {
  await using cluster = await Cluster.start({ nodes: 2, clients: 12, client: IMPATIENT });
  const [one, two] = cluster.nodes;
  let target = one!;
  await using proxy = await TcpProxy.listen(() => [target.port]);
  const sender = cluster.add({ address: `http://127.0.0.1:${proxy.port}`, name: "sender" });
  await until(() => sender.settled, "the sender in the room");
  using load = cluster.load(50, { chatters: cluster.chatters.slice(0, 12) });
  for (let round = 0; round < 20; round++) {
    const [link] = proxy.links;
    const text = `round ${round}`;
    link!.stall();
    const heard = Promise.withResolvers<void>();
    cluster.chatters[0]!.onMessage = (message) => message === text && heard.resolve();
    sender.say(text);
    await heard.promise;
    assertEquals(sender.settled, false);
    target = target === one ? two! : one!;
    link!.reset();
    await until(() => sender.settled, "the answer");
  }
  load.stop();
  await cluster.verify();
});

Deno.test("a retry is answered when its message has left the history, and everybody has it once", async () => {
  const flags = ["--history", "10"];
  await using cluster = await Cluster.start({ nodes: 2, clients: 6, client: IMPATIENT, flags });
  const [one, two] = cluster.nodes;
  let target = one!;
  await using proxy = await TcpProxy.listen(() => [target.port]);
  const sender = cluster.add({ address: `http://127.0.0.1:${proxy.port}`, name: "sender" });
  await until(() => sender.settled, "the sender in the room");
  const others = cluster.chatters.slice(0, -1);
  const [link] = proxy.links;
  link!.stall();
  const heard = Promise.withResolvers<void>();
  others[0]!.onMessage = (message) => message === "early" && heard.resolve();
  sender.say("early");
  await heard.promise;
  // more than a node keeps for those who fall behind
  using load = cluster.load(500, { chatters: others });
  await until(() => load.said >= 400, "the later messages");
  load.stop();
  target = two!;
  link!.reset();
  await until(() => sender.settled, "the answer");
  const { told } = await cluster.verify({ lossy: true });
  // only the sender has missed any, and what it said itself is none of them
  assertGreater(told, 300);
  assertLess(told, load.said);
});
