// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { until } from "../support/until.ts";
import { Cluster, DURABLE } from "./cluster.ts";
import { forge, type Refusal, REFUSALS, SLOW_LOADING } from "./faults.ts";
import { sideBySide } from "./side_by_side.ts";

/** What the log must say of each refusal. */
const REASONS: Record<Refusal, RegExp> = {
  password: /WRONGPASS|NOAUTH|password|[Aa]uthentication/,
  readonly: /READONLY/,
  oom: /OOM/,
  loading: /LOADING/,
  maxclients: /max number of clients/,
};

async function refuseAndHeal(refusal: Refusal): Promise<void> {
  await using cluster = await Cluster.start({ redis: [...DURABLE, ...SLOW_LOADING] });
  {
    using _load = cluster.load(100);
    await cluster.flowing();
    const lines = cluster.nodes.map(({ process }) => process.stderr.all.length);
    const heal = await REFUSALS[refusal](cluster);
    await Promise.all(cluster.nodes.map(async ({ process }, index) => {
      const from = lines[index]!;
      const line = await process.stderr.waitFor(REASONS[refusal], { from });
      assertMatch(line, /\[WRN\]/);
    }));
    await Promise.all(cluster.nodes.map(({ process }) => process.waitForStatus("/readyz", 503)));
    const refused = () => cluster.chatters.filter(({ refusals }) => refusals.length > 0);
    await until(() => refused().length > 0, "a refusal");
    for (const { refusals } of refused()) {
      for (const { code, detail, retry } of refusals) {
        assertEquals(code, "unavailable");
        assertMatch(detail, /\w/);
        assert(retry! > 0);
      }
    }
    await heal();
    await cluster.flowing();
    await Promise.all(cluster.nodes.map(({ process }) => process.waitForStatus("/readyz", 200)));
  }
  await cluster.verify();
}

sideBySide(
  "Redis refuses its work",
  Object.fromEntries(
    (Object.keys(REASONS) as Refusal[]).map((refusal) => [refusal, () => refuseAndHeal(refusal)]),
  ),
);

Deno.test("what is forged or cannot be read on the room's channels is dropped and counted", async () => {
  await using cluster = await Cluster.start({ listeners: 3 });
  const count = () =>
    Promise.all(cluster.nodes.map((node) => node.metric("parley_layer_dropped_total")));
  const members = new Set(cluster.chatters.map(({ parley }) => parley.you!.id));
  {
    using _load = cluster.load(200);
    await cluster.flowing();
    const before = await count();
    const forged = await forge(cluster);
    const dropped = async () => (await count()).map((total, index) => total - before[index]!);
    await eventually(dropped, (all) => all.every((total) => total >= forged));
    await cluster.flowing();
    for (const { parley } of cluster.chatters) {
      assertEquals([...parley.members.keys()].filter((id) => id === "ghost"), []);
      assertEquals([...members].filter((id) => !parley.members.has(id)), []);
    }
    assertEquals(await dropped(), [forged, forged, forged]);
  }
  await cluster.verify();
});
