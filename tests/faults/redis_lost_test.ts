// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { crashRedis, emptyRedis } from "./faults.ts";

Deno.test("Redis is killed under load, and started again after 5 s with all it had", async () => {
  await using cluster = await Cluster.start({ listeners: 3 });
  {
    using _load = cluster.load(500);
    await cluster.flowing();
    await crashRedis(cluster, 5_000);
    assertLess(await cluster.flowing(), 2_000);
  }
  await cluster.verify();
});

const LOSSES = {
  "is killed and has kept nothing": (cluster: Cluster) => crashRedis(cluster, 500),
  "forgets everything": emptyRedis,
};

for (const [what, lose] of Object.entries(LOSSES)) {
  Deno.test(`Redis ${what}: everybody is told of the gap`, async () => {
    await using cluster = await Cluster.start({ redis: [] });
    using load = cluster.load(500);
    await cluster.flowing();
    const before = cluster.chatters.map(({ parley }) => parley.epoch);
    await lose(cluster);
    await cluster.flowing();
    load.stop();
    const { gaps } = await cluster.verify({ lossy: true });
    assertEquals(new Set(before).size, 1);
    const epochs = new Set(cluster.chatters.map(({ parley }) => parley.epoch));
    assertEquals(epochs.size, 1);
    assert(!epochs.has(before[0]!));
    assertGreater(gaps, cluster.chatters.length - 1);
  });
}

Deno.test("Redis forgets everything again and again: no message of an old log comes back", async () => {
  await using cluster = await Cluster.start({ nodes: 2, clients: 8 });
  const [speaker] = cluster.chatters;
  for (let round = 0; round < 20; round++) {
    await emptyRedis(cluster);
    speaker!.say(`round ${round}`);
    await until(() => speaker!.settled, "the answer");
  }
  await cluster.verify({ lossy: true });
});
