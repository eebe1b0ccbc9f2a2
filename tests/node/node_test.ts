// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertGreater } from "@std/assert";
import { Cluster } from "../faults/cluster.ts";
import { crashNode, restartAll } from "../faults/faults.ts";
import type { View } from "../faults/ledger.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { NodeClient } from "../support/node_client.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";
import { pause, until } from "../support/until.ts";

Deno.test("a client under Node hears, is heard, and ends with nothing left open", async () => {
  await using parley = await ParleyProcess.start();
  await using ann = await ChatSocket.open(parley.ws("caf\u00e9 / 1"));
  await using node = await NodeClient.start(parley.http(), "cafe\u0301 / 1");
  ann.send({ message: "héllo 你好 👋" });
  assertEquals(await ann.nextTexts(2), ["héllo 你好 👋", "echo of héllo 你好 👋"]);
  ann.send({ message: "goodbye" });
  assertEquals(await node.exitCode(), 0);
  assertEquals(node.complaints, []);
  assertEquals(
    node.messages.map(({ message, name, own, seq }) => [seq, message, name, own]).slice(0, 2),
    [
      [1, "héllo 你好 👋", node.messages[0]!.name, false],
      [2, "echo of héllo 你好 👋", "Node", true],
    ],
  );
});

/** Has the view know all that the client under Node has shown. */
function record({ told }: NodeClient, view: View): void {
  for (const { type, detail } of told) {
    if (type === "welcome") view.welcome(detail.epoch, detail.seq);
    if (type === "gap") view.gap(detail.epoch, detail.seq);
    if (type === "message") view.show(detail.message, detail.epoch!, detail.seq!, detail.own);
  }
}

Deno.test("a client under Node is cut, and its server restarted: nothing is lost or doubled", async () => {
  await using cluster = await Cluster.start({ nodes: 2, clients: 4 });
  const { balancer, chatters, ledger } = cluster;
  // what answers the client, until it has said that and was cut
  let unheard: string | undefined;
  await using proxy = await TcpProxy.listen(() => [balancer.port], (link) => {
    link.fromTarget = (chunk) => {
      if (unheard === undefined || !chunk.includes(unheard)) return chunk;
      unheard = undefined;
      link.reset();
      return undefined;
    };
  });
  await using node = await NodeClient.start(`http://127.0.0.1:${proxy.port}`, cluster.room);
  const said: string[] = [];
  const onSay = (text: string) => {
    ledger.say(`echo of ${text}`);
    said.push(text);
  };
  const acknowledged = () => new Set(node.acknowledged);
  const states = () =>
    node.told.flatMap(({ type, detail }) => type === "state" ? [detail.state] : []);
  /** Resolves when it has heard back something that it says from now on. */
  const flowing = async () => {
    const from = said.length;
    await until(() => {
      const heard = acknowledged();
      return said.slice(from).some((text) => heard.has(`echo of ${text}`));
    }, "an echo");
  };
  {
    using _load = cluster.load(50, { onSay });
    await flowing();
    for (let cuts = 0; cuts < 10; cuts++) {
      await pause(cluster.random() * 100);
      for (const link of proxy.links) link.reset();
      await flowing();
    }
    for (let cuts = 0; cuts < 10; cuts++) {
      unheard = "echo of";
      await until(() => unheard === undefined, "an answer to swallow");
      await flowing();
    }
    await restartAll(cluster);
    await flowing();
    for (const one of cluster.nodes) {
      await crashNode(one);
      await flowing();
      await one.start();
    }
    // with no server at all its tries fail before they are connections
    await Promise.all(cluster.nodes.map(crashNode));
    const tries = states().length;
    await until(() => states().length > tries + 6, "some tries in vain");
    await Promise.all(cluster.nodes.map((one) => one.start()));
    await flowing();
  }
  await until(() => acknowledged().size === said.length, "the last echo");
  record(node, ledger.view("Node"));
  await cluster.verify();
  assertGreater(states().filter((state) => state === "waiting").length, 20);
  assertEquals(node.told.filter(({ type }) => type === "failed" || type === "error"), []);
  chatters[0]!.say("goodbye");
  assertEquals(await node.exitCode(), 0);
  assertEquals(node.complaints, []);
});
