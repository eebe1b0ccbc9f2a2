// @ts-types="../support/std_assert.d.ts"
import { assertGreater, assertLess } from "@std/assert";
import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { deafen, type Deafness, floodSubscriptions } from "./faults.ts";

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

for (const how of ["silent", "pings only"] satisfies Deafness[]) {
  Deno.test(`a subscription goes deaf (${how}), and is healed within 5 s`, async () => {
    await using cluster = await Cluster.start({ proxied: 1, listeners: 3 });
    const [node] = cluster.nodes;
    // a client of that node alone, which says nothing and so hears by the subscription alone
    const deaf = cluster.add({ address: node!.process.http(), name: "deaf" });
    await until(() => deaf.settled, "the client in the room");
    const others = cluster.chatters.filter((chatter) => chatter !== deaf);
    {
      using _load = cluster.load(100, { chatters: others });
      await cluster.flowing(others);
      deafen(node!, how);
      const began = performance.now();
      // it is healed when what it hears is fresh, and stays so for longer than a look takes
      let heard = deaf.heardAt;
      await until(
        () => {
          const now = performance.now();
          if (now - deaf.heardAt > 200) heard = 0;
          else heard ||= now;
          return heard > 0 && now - heard > 2_500 && now - began > 2_600;
        },
        "fresh messages",
        15_000,
      );
      assertLess(heard - began, 5_000);
    }
    await cluster.verify();
  });
}
