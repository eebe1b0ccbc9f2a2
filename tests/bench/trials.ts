import { RedisServer } from "../support/redis_server.ts";
import {
  type Contender,
  type ContenderName,
  CONTENDERS,
  prepare,
  type Running,
} from "./contenders.ts";
import { measure, type Measurement } from "./load.ts";
import { usageOf } from "./process_usage.ts";
import { loadOf, type Trial } from "./results.ts";
import { CURVES, SHAPES } from "./shapes.ts";

/** How long the members of a silent load stay when all have joined, in milliseconds. */
const SILENCE = 1_000;

/** What is measured against what under these loads, in the tables' order; nothing is yet. */
export function plan(loads: readonly string[], peers: boolean): Trial[] {
  const beside: ContenderName[] = [
    "plain-deno",
    ...peers ? ["bun", "ws", "socket-io"] as const : [],
  ];
  return loads.flatMap((load): Trial[] => {
    const { nodes = 1, also = [], points } = {
      points: undefined,
      ...SHAPES[load],
      ...CURVES[load],
    };
    const contenders: ContenderName[] = nodes > 1
      ? ["parley", "socket-io"]
      : ["parley", ...also, ...beside];
    return (points ?? [undefined]).flatMap((point) =>
      contenders.map((contender) => ({
        load,
        ...point === undefined ? {} : { point },
        contender,
        rounds: [],
      }))
    );
  });
}

/** How {@linkcode runTrials} goes about it. */
export interface RunOptions {
  rounds: number;
  /** Measured time of a shape. */
  seconds: number;
  /** Told before each measurement. */
  onMeasure?: (trial: Trial, done: number, of: number) => void;
}

/**
 * Measures all trials, round by round of each load, so that what changes on the machine meets all servers alike. What
 * cannot be fetched, started or measured is not tried again; the trial says why.
 */
export async function runTrials(
  trials: Trial[],
  { rounds, seconds, onMeasure }: RunOptions,
): Promise<void> {
  const folders = new Map<ContenderName, string>();
  const failures = new Map<ContenderName, string>();
  for (const name of new Set(trials.map(({ contender }) => contender))) {
    try {
      folders.set(name, await prepare(name));
    } catch (error) {
      failures.set(name, messageOf(error));
    }
  }
  const groups = Map.groupBy(trials, ({ load, point }) => `${load} ${point}`);
  let done = 0;
  for (const group of groups.values()) {
    for (let round = 0; round < rounds; round++) {
      for (const trial of group) {
        onMeasure?.(trial, done++, trials.length * rounds);
        const failure = trial.failure ?? failures.get(trial.contender);
        if (failure) trial.failure = failure;
        else await tryOnce(trial, folders.get(trial.contender)!, seconds);
      }
    }
  }
}

async function tryOnce(trial: Trial, folder: string, seconds: number): Promise<void> {
  try {
    trial.rounds.push(await measureOnce(trial, folder, seconds));
  } catch (error) {
    trial.failure = messageOf(error);
  }
}

async function measureOnce(trial: Trial, folder: string, seconds: number): Promise<Measurement> {
  const contender: Contender = CONTENDERS[trial.contender];
  const load = loadOf(trial);
  const { nodes = 1, stretch = 1 } = SHAPES[trial.load] ?? {};
  await using stack = new AsyncDisposableStack();
  const servers: Running[] = [];
  const redis = nodes > 1 ? stack.use(await RedisServer.start()) : undefined;
  for (let node = 0; node < nodes; node++) {
    servers.push(stack.use(await contender.start(folder, redis?.url)));
  }
  const pids = [...servers, ...redis ? [redis] : []].map(({ pid }) => pid);
  const time = seconds * 1_000 * (trial.point === undefined ? stretch : 0.5);
  const silent = load.publishers === 0;
  return await measure(load, {
    ports: servers.map(({ port }) => port),
    wire: contender.wire,
    ...silent ? { warmUp: 0 } : {},
    duration: silent ? SILENCE : time,
    usage: () => usageOf(pids),
  });
}

/** The first line of what went wrong. */
function messageOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(`${error}`);
  return message.trim().split("\n")[0]!;
}
