import { type Figures, figuresOf, type Results } from "./results.ts";
import { markdownTable } from "./tables.ts";
import { bytes, digits, short } from "./written.ts";

/** How many members are to be carried, and how often each of them says something. */
const MEMBERS = 1_000_000;
const MESSAGES = MEMBERS / 60;

/** The most members of a node: its usual limit, and what the longest curve has measured. */
const MEMBERS_OF_NODE = 10_000;

/** How busy a node may be that has to take what another one drops. */
const BUSY = 0.5;

/** On how many nodes the cost of a message was measured: with fewer it counts as with these. */
const FEWEST_NODES = 2;

/** What things cost on one core, as measured; times in seconds. */
export interface Costs {
  /** A delivery that cannot be merged with another. */
  delivery: number;
  /** A message at each node that hears it. */
  hearing: number;
  /** A message at Redis, for each node that hears it. */
  redis: number;
  /** A socket that says nothing, in bytes. */
  socket: number;
}

/** The costs that a run has measured, or `undefined` when it left out a load that shows one. */
export function costsOf({ trials }: Results): Costs | undefined {
  const figures = (load: string): Partial<Figures> => {
    const trial = trials.find((trial) => trial.load === load && trial.contender === "parley");
    return trial && figuresOf(trial) || {};
  };
  const { deliveriesPerCpu } = figures("big-room");
  const { memoryPerSocket } = figures("idle");
  const [first, second, redis] = figures("two-nodes-small-rooms").cpuPerMessage ?? [];
  if (!deliveriesPerCpu || !memoryPerSocket || !first || !second || !redis) return;
  return {
    delivery: 1 / deliveriesPerCpu,
    hearing: (first + second) / FEWEST_NODES,
    redis: redis / FEWEST_NODES,
    socket: memoryPerSocket,
  };
}

/** What a million members in rooms of this size take. */
export function need(size: number, costs: Costs, oneNodePerRoom: boolean) {
  let nodes = MEMBERS / MEMBERS_OF_NODE;
  let cores = 0;
  let hearing = 1;
  let counted = FEWEST_NODES;
  // more nodes hear more, and what they hear takes more nodes
  for (let turn = 0; turn < 100; turn++) {
    if (!oneNodePerRoom) hearing = nodes * (1 - (1 - 1 / nodes) ** size);
    counted = Math.max(FEWEST_NODES, hearing);
    cores = MESSAGES * (counted * costs.hearing + size * costs.delivery);
    nodes = Math.max(nodes, Math.ceil(cores / BUSY));
  }
  return { nodes, hearing, cores, redis: MESSAGES * counted * costs.redis };
}

/** What a million members take, in Markdown, or `undefined` when what it takes was not measured. */
export function scaleTable(results: Results): string | undefined {
  const costs = costsOf(results);
  if (!costs) return;
  const sizes = [10, 100, 1_000];
  const row = (what: string, figure: (size: number) => string) => [what, ...sizes.map(figure)];
  const needs = (oneNodePerRoom: boolean) => {
    const all = new Map(sizes.map((size) => [size, need(size, costs, oneNodePerRoom)]));
    const where = oneNodePerRoom ? "each room on one node" : "rooms spread over all nodes";
    return [
      row(`**${where}**: nodes N`, (size) => digits(all.get(size)!.nodes)),
      row(
        "of which each message is heard by k, counted as 2 at least",
        (size) => digits(all.get(size)!.hearing),
      ),
      row("cores, m × (k × h + M × d)", (size) => digits(all.get(size)!.cores)),
      row("cores of Redis, m × k × r", (size) => digits(all.get(size)!.redis)),
    ];
  };
  const micros = (seconds: number) => `${digits(seconds * 1e6)} µs`;
  return [
    `- a delivery that cannot be merged with another: **d = ${
      micros(costs.delivery)
    }** of a core, ` +
    `so ${short(1 / costs.delivery)} a second (the load big-room)`,
    `- a message at each node that hears it: **h = ${
      micros(costs.hearing)
    }** (two-nodes-small-rooms, ` +
    "with the deliveries of that load, so on the high side)",
    `- a message at Redis, for each node that hears it: **r = ${micros(costs.redis)}**, so ` +
    `${short(1 / costs.redis)} a second (the same)`,
    `- a member who says nothing: **${bytes(costs.socket)}** (idle), so a million ` +
    `${bytes(MEMBERS * costs.socket)} on all nodes together`,
    "",
    markdownTable([
      "a million members in rooms of M",
      ...sizes.map((size) => size.toLocaleString("en")),
    ], [
      row("messages a second m, one a minute from each member", () => short(MESSAGES)),
      row("deliveries a second, m × M", (size) => short(MESSAGES * size)),
      ...needs(false),
      ...needs(true),
    ]),
  ].join("\n");
}
