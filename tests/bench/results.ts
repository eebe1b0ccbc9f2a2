import type { ContenderName } from "./contenders.ts";
import type { Measurement } from "./load.ts";
import { CURVES, SHAPES } from "./shapes.ts";

/** One server under one load. */
export interface Trial {
  /** A name in `SHAPES` or `CURVES`. */
  load: string;
  /** Where on the curve. */
  point?: number;
  contender: ContenderName;
  /** One of each round. Over Redis, the last of `cpus` is Redis' own. */
  rounds: Measurement[];
  /** Why there are no rounds, or fewer. */
  failure?: string;
}

/** All that a run found: what its JSON file holds. */
export interface Results {
  machine: { cores: number; os: string; arch: string; deno: string; node?: string };
  /** Measured time of a shape. */
  seconds: number;
  rounds: number;
  trials: Trial[];
}

/** What the rounds of a trial come to: the median of each figure. */
export interface Figures {
  /** Missing, as all of CPU and memory, where /proc cannot be read; and when nothing was delivered. */
  deliveriesPerCpu: number | undefined;
  deliveriesPerSecond: number;
  /** Milliseconds; missing when nothing was heard. */
  p50: number | undefined;
  p99: number | undefined;
  /** Deliveries that never came, or came twice, or of which the connection ended: the worst round's. */
  wrong: number;
  /** Cores that the server and the generator kept busy. */
  serverCores: number | undefined;
  ownCores: number;
  /** Bytes at the end, and what each socket added when all had joined. */
  memory: number | undefined;
  memoryPerSocket: number | undefined;
  /** CPU seconds for each message, of each of the server's processes. */
  cpuPerMessage: (number | undefined)[];
}

/** What a trial came to, or `undefined` when no round was measured. */
export function figuresOf(trial: Trial): Figures | undefined {
  const { rounds } = trial;
  if (rounds.length === 0) return;
  const { members, rooms } = loadOf(trial);
  const each = (figure: (round: Measurement) => number | undefined) => median(rounds.map(figure));
  return {
    deliveriesPerCpu: each(({ deliveries, serverCpu }) =>
      deliveries > 0 && serverCpu ? deliveries / serverCpu : undefined
    ),
    deliveriesPerSecond: each(({ deliveries, seconds }) => deliveries / seconds)!,
    p50: each(({ p50 }) => p50),
    p99: each(({ p99 }) => p99),
    wrong: Math.max(...rounds.map(({ lost, doubled, ended }) => lost + doubled + ended)),
    serverCores: each(({ serverCpu, seconds }) => serverCpu && serverCpu / seconds),
    ownCores: each(({ ownCpu, seconds }) => ownCpu / seconds)!,
    memory: each(({ memory }) => memory?.end),
    memoryPerSocket: each(({ memory }) => memory && (memory.joined - memory.before) / members),
    cpuPerMessage: (rounds[0]!.cpus ?? []).map((_, index) =>
      each(({ cpus, deliveries }) =>
        deliveries > 0 ? cpus![index]! / deliveries * members / rooms : undefined
      )
    ),
  };
}

/** The load that a trial puts on its server. */
export function loadOf({ load, point }: Trial) {
  return point === undefined ? SHAPES[load]!.load : CURVES[load]!.load(point);
}

/** The middle value, of those that there are. */
function median(values: (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return;
  return Number.isInteger(middle)
    ? (sorted[middle - 1]! + sorted[middle]!) / 2
    : sorted[Math.floor(middle)];
}
