// @ts-types="../support/std_assert.d.ts"
import { assertGreater, assertLess } from "@std/assert";
import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { deafen, type Deafness, floodSubscriptions } from "./faults.ts";
import { sideBySide } from "./side_by_side.ts";

Deno.test("Redis cuts subscribers that do not keep up with a flood", async () => {
  await using cluster = await Cluster.start({ listeners: 3 });
  {
    using _load = cluster.load(200);
    await cluster.flowing();
    assertGreater(await floodSubscriptions(cluster, 4_000), 2);
    await cluster.flowing();
  }
  await cluster.verify();
});

/** A message that is shown so long after it was said did not come by the subscription, in milliseconds. */
const LATE = 1_000;

/** A subscription that says nothing more of itself is found, and made anew. */
async function deafenAndHeal(how: Deafness): Promise<void> {
  await using cluster = await Cluster.start({ proxied: 1, listeners: 3 });
  const [node] = cluster.nodes;
  // a client of that node alone, which says nothing and so hears by the subscription alone
  const deaf = cluster.add({ address: node!.process.http(), name: "deaf" });
  await until(() => deaf.settled, "the client in the room");
  const others = cluster.chatters.filter((chatter) => chatter !== deaf);
  const saidAt = new Map<string, number>();
  let lateAt = -Infinity;
  deaf.onMessage = (text) => {
    const now = performance.now();
    if (now - saidAt.get(text)! > LATE) lateAt = now;
  };
  {
    const onSay = (text: string) => saidAt.set(text, performance.now());
    using _load = cluster.load(100, { chatters: others, onSay });
    await cluster.flowing(others);
    deafen(node!, how);
    const began = performance.now();
    await until(() => lateAt > began, "what was held up by the silence");
    // what is late after that would come with one of the next looks
    await until(() => performance.now() - began > 10_000, "time to pass", 11_000);
    assertLess(lateAt - began, 5_000);
    assertLess(performance.now() - deaf.heardAt, LATE);
  }
  await cluster.verify();
}

sideBySide("a subscription goes deaf, and is healed within 5 s", {
  "it is silent": () => deafenAndHeal("silent"),
  "it answers pings only": () => deafenAndHeal("pings only"),
});
