/**
 * The long run: `deno task faults --minutes 60 [--seed N] [--history N]`. Random faults in random order break a cluster
 * while its clients talk; at the end stands what became of all that was said. The nodes keep as many messages of a room
 * as `--history` says: with few of them some clients miss some messages, and have to be told of it.
 */
import { parseArgs } from "node:util";
import { pause } from "../support/until.ts";
import { Cluster, DURABLE, historyFlags, LONG_HISTORY } from "./cluster.ts";
import { FakeClock } from "./fake_clock.ts";
import {
  canBeDeafened,
  crashNode,
  crashRedis,
  cutClients,
  cutSubscriptions,
  deafen,
  emptyRedis,
  floodSubscriptions,
  forge,
  freezeNode,
  freezeRedis,
  jumpClock,
  type Refusal,
  REFUSALS,
  restartAll,
  SLOW_LOADING,
  stallReader,
  stopNode,
} from "./faults.ts";
import { WRONGS } from "./ledger.ts";

/** Messages a second; half of what the shorter tests use, so that a node has time to heal in. */
const RATE = 100;

/** The longest that anything stands still, in milliseconds. */
const LONGEST = 20_000;

const { values } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, history: { type: "string" } },
});
const minutes = Number(values.minutes ?? 60);
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const history = Number(values.history ?? LONG_HISTORY);
if (
  !(minutes > 0) || !Number.isSafeInteger(seed) || !Number.isSafeInteger(history) || history < 0
) {
  console.error("Usage: deno task faults --minutes 60 [--seed NUMBER] [--history NUMBER]");
  Deno.exit(2);
}
console.log(`Faults with --minutes ${minutes} --seed ${seed} --history ${history}`);

using clock = FakeClock.install();
await using cluster = await Cluster.start({
  clients: 36,
  redis: [...DURABLE, ...SLOW_LOADING],
  flags: historyFlags(history),
  proxied: 2,
  seed,
});

/** A time between 0 and the longest, in milliseconds. */
const some = (longest = LONGEST) => cluster.random() * longest;

/** What Redis reads when it starts, made short. */
async function rewriteLog(): Promise<void> {
  const { admin } = cluster;
  await admin.sendCommand(["BGREWRITEAOF"]);
  while (/^aof_rewrite_(in_progress|scheduled):1/m.test(String(await admin.info()))) {
    await pause(50);
  }
}

async function refuse(refusal: Refusal): Promise<void> {
  if (refusal === "loading") await rewriteLog();
  const heal = await REFUSALS[refusal](cluster);
  await pause(some(5_000));
  await heal();
}

const FAULTS: Record<string, () => Promise<unknown>> = {
  async "Redis is killed"() {
    await rewriteLog();
    await crashRedis(cluster, some());
  },
  "Redis forgets everything": () => emptyRedis(cluster),
  "Redis stands still": () => freezeRedis(cluster, some()),
  "subscriptions are killed": () => cutSubscriptions(cluster, some()),
  "subscribers are flooded": () => floodSubscriptions(cluster, some()),
  async "a subscription goes deaf"() {
    for (const node of cluster.nodes.filter(canBeDeafened).slice(0, 1)) {
      deafen(node, cluster.pick(["silent", "pings only"]));
    }
    await pause(some());
  },
  "Redis has another password": () => refuse("password"),
  "Redis is read-only": () => refuse("readonly"),
  "Redis is out of memory": () => refuse("oom"),
  "Redis is loading": () => refuse("loading"),
  "Redis has too many clients": () => refuse("maxclients"),
  "messages are forged": () => forge(cluster),
  async "a node is killed"() {
    const node = cluster.pick(cluster.nodes);
    await crashNode(node);
    await pause(some());
    await node.start();
  },
  async "a node is stopped"() {
    const node = cluster.pick(cluster.nodes);
    await stopNode(node);
    await pause(some());
    await node.start();
  },
  "all nodes are restarted": () => restartAll(cluster),
  "a node stands still": () => freezeNode(cluster.pick(cluster.nodes), some()),
  "clients are cut": () => cutClients(cluster, 100, 20),
  "a reader stops": () => stallReader(cluster.pick([...cluster.balancer.links]), some()),
  "the clocks jump": () => jumpClock(clock, some(3_000)),
};

const happened = new Map<string, number>();
const began = performance.now();
const end = began + minutes * 60_000;
const errors: string[] = [];
let printed = 0;
{
  using _load = cluster.load(RATE);
  await cluster.flowing();
  while (performance.now() < end) {
    const name = cluster.pick(Object.keys(FAULTS));
    const at = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${at} s: ${name}`);
    happened.set(name, (happened.get(name) ?? 0) + 1);
    try {
      await FAULTS[name]!();
      await cluster.flowing(undefined, 60_000);
    } catch (error) {
      errors.push(`after "${name}" at ${at} s: ${error}`);
      console.error(errors.at(-1));
      break;
    }
    for (; printed < cluster.ledger.complaints.length; printed++) {
      console.error(cluster.ledger.complaints[printed]);
    }
  }
}
await cluster.rest(60_000);
errors.push(...cluster.errors());
const verdict = cluster.ledger.judge();
for (const line of [...cluster.ledger.complaints.slice(printed), ...errors]) console.error(line);
console.log(
  `seed ${seed}, history ${history}, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`,
);
for (const [name, count] of happened) console.log(`${String(count).padStart(5)} × ${name}`);
console.log({
  ...verdict,
  faults: happened.values().reduce((a, b) => a + b, 0),
  errors: errors.length,
});
const wrong = WRONGS.some((key) => verdict[key] > 0) || errors.length > 0;
if (wrong) Deno.exitCode = 1;
