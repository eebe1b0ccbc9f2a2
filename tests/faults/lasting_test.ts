// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertLess } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { pause, until } from "../support/until.ts";
import { within } from "../support/within.ts";
import { Cluster } from "./cluster.ts";
import { crashNode, cutSubscriptions, freezeNode, freezeRedis } from "./faults.ts";
import { agreed, roster } from "./roster.ts";
import { sideBySide } from "./side_by_side.ts";

sideBySide("faults that last half a minute", {
  "Redis stands still for 20 s: every send is answered in time, memory stays": async () => {
    await using cluster = await Cluster.start({ listeners: 3 });
    const [node] = cluster.nodes;
    await using probe = await ChatSocket.open(node!.process.ws("elsewhere"), {
      protocol: "parley.v1",
    });
    await probe.next();
    using load = cluster.load(100);
    await cluster.flowing();
    const before = await Promise.all(cluster.nodes.map((node) => node.memory()));
    let over = false;
    const frozen = freezeRedis(cluster, 20_000).finally(() => over = true);
    let slowest = 0;
    let highest: number[] = before;
    for (let count = 0; !over; count++) {
      const said = performance.now();
      probe.send({ message: `probe ${count}`, ref: `r${count}` });
      const answered = async () => {
        for (;;) {
          const { ref } = await probe.next();
          if (ref === `r${count}`) return;
        }
      };
      await within(answered(), "an answer");
      slowest = Math.max(slowest, performance.now() - said);
      const memory = await Promise.all(cluster.nodes.map((node) => node.memory()));
      highest = highest.map((bytes, index) => Math.max(bytes, memory[index]!));
      await pause(100);
    }
    await frozen;
    await cluster.flowing();
    load.stop();
    await cluster.verify();
    const growth = highest.map((bytes, index) => (bytes - before[index]!) / 2 ** 20);
    assertLess(slowest, 1_500);
    assertLess(Math.max(...growth), 32);
  },
  "a node stands still for 20 s": async () => {
    await using cluster = await Cluster.start({ listeners: 3 });
    {
      using _load = cluster.load(100);
      await cluster.flowing();
      await freezeNode(cluster.nodes[0]!, 20_000);
      await cluster.flowing();
      await until(() => agreed(cluster, 3), () => roster(cluster), 30_000);
    }
    await cluster.verify();
  },
  "the subscriptions are killed every 200 ms for 30 s": async () => {
    await using cluster = await Cluster.start({ listeners: 3 });
    {
      using _load = cluster.load(200);
      await cluster.flowing();
      await cutSubscriptions(cluster, 30_000);
      await cluster.flowing();
    }
    await cluster.verify();
  },
  "a node is killed: its clients are back in 3 s, the roster is right in 30 s": async () => {
    await using cluster = await Cluster.start();
    const [node] = cluster.nodes;
    // they die with the node
    await using ghost = await ChatSocket.open(node!.process.ws(cluster.room), {
      protocol: "parley.v1",
    });
    await using plain = await ChatSocket.open(node!.process.ws(cluster.room));
    {
      using _load = cluster.load(100);
      await cluster.flowing();
      await until(() => agreed(cluster, 2), () => roster(cluster));
      const news: string[] = [];
      for (const { parley } of cluster.chatters) {
        for (const type of ["join", "leave"] as const) {
          parley.addEventListener(type, ({ detail: { name } }) => news.push(`${type} of ${name}`));
        }
      }
      const began = performance.now();
      await crashNode(node!);
      await cluster.flowing();
      const outages = cluster.chatters.map(({ longestOutage }) => longestOutage);
      assertEquals(outages.filter((outage) => outage > 0).length, cluster.chatters.length / 3);
      assertLess(Math.max(...outages), 3_000);
      await until(() => agreed(cluster), () => roster(cluster), 35_000);
      assertLess(performance.now() - began, 30_000);
      // who came back was not away, also when the node that it was on is found dead
      assertEquals(news.filter((line) => !/^leave of Guest \d+$/.test(line)), []);
      await node!.start();
    }
    await Promise.all([ghost.closed, plain.closed]);
    await cluster.verify();
  },
});
