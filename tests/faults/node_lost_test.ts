// @ts-types="../support/std_assert.d.ts"
import { assertLess } from "@std/assert";
import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { restartAll } from "./faults.ts";
import { agreed, roster } from "./roster.ts";

Deno.test("all nodes are restarted, one after the other", async () => {
  await using cluster = await Cluster.start();
  {
    using _load = cluster.load(200);
    await cluster.flowing();
    await restartAll(cluster);
    await cluster.flowing();
    for (const { longestOutage } of cluster.chatters) assertLess(longestOutage, 3_000);
    await until(() => agreed(cluster), () => roster(cluster), 30_000);
  }
  await cluster.verify();
});
