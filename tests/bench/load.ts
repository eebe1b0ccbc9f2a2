import process from "node:process";
import { pause } from "../support/until.ts";
import { type Common, LoadMember } from "./load_member.ts";
import { NumberedFrame, NumberFinder } from "./numbered_text.ts";
import type { Usage } from "./process_usage.ts";
import { Tally } from "./tally.ts";
import type { Wire } from "./wire.ts";

/** Who talks to whom, how much, and how fast. */
export interface LoadOptions {
  /** Members in all, spread evenly over the rooms. */
  members: number;
  /** Rooms. */
  rooms: number;
  /** Members of each room who talk. */
  publishers: number;
  /**
   * Closed loop: each publisher keeps so many messages unanswered, and says the next when it hears its own. Open
   * loop: so many messages a second from all publishers together, evenly spaced, whatever comes back.
   */
  pace: { unanswered: number } | { perSecond: number };
  /** The length of a message's text, in bytes. @default 64 */
  textBytes?: number;
}

/** Whom the load is for, and for how long. */
export interface LoadTarget {
  /** The server's ports on 127.0.0.1: several nodes share the members of each room. */
  ports: number[];
  wire: Wire;
  /** How long the talk goes on before it is measured, in milliseconds. @default 1000 */
  warmUp?: number;
  /** How long it is measured, in milliseconds. */
  duration: number;
  /** The longest that what was said is waited for after that, in milliseconds. @default 3000 */
  drain?: number;
  /** What the server's processes have used up to now; asked before and after. */
  usage?: () => Promise<Usage | undefined>;
}

/** What one load showed. */
export interface Measurement {
  /** Messages said and heard in the whole load, and how many of those to be heard were not, or too often. */
  said: number;
  heard: number;
  lost: number;
  doubled: number;
  /** Members whose connection the server ended. */
  ended: number;
  /** How long it took to connect all members, in seconds. */
  connectSeconds: number;
  /** How long was measured, in seconds; the figures that follow are of this time. */
  seconds: number;
  deliveries: number;
  frames: number;
  bytes: number;
  /** From saying to hearing, in milliseconds; missing when nothing was heard. */
  p50?: number | undefined;
  p99?: number | undefined;
  /** CPU seconds of all the server's processes; this and the memory are missing where they cannot be read. */
  serverCpu?: number;
  /** CPU seconds of this process, which made the load. */
  ownCpu: number;
  /** Resident memory of all the server's processes in bytes: before anybody came, with all there, and at the end. */
  memory?: { before: number; joined: number; end: number };
  /** CPU seconds of each process that was asked for, in the order of asking. */
  cpus?: number[];
}

/** How many members connect at a time. */
const AT_ONCE = 64;

/** How long the server may take to settle when all are there, in milliseconds. */
const SETTLE = 500;

/**
 * Puts a load on a server: members join, talk for the warm-up and the measured time, fall silent, and listen until all
 * is heard.
 */
export async function measure(options: LoadOptions, target: LoadTarget): Promise<Measurement> {
  const { rooms, pace, textBytes = 64 } = options;
  const { wire, warmUp = 1_000, duration, drain = 3_000, usage = nothing } = target;
  const tally = new Tally(rooms);
  const common: Common = {
    wire,
    tally,
    frame: new NumberedFrame(textBytes, ...wire.around),
    finder: new NumberFinder(textBytes),
    closedLoop: "unanswered" in pace,
  };
  const members: LoadMember[] = [];
  try {
    const before = await usage();
    const began = performance.now();
    await join(options, target, common, members);
    const connectSeconds = (performance.now() - began) / 1_000;
    await pause(SETTLE);
    const joined = await usage();

    tally.talking = true;
    const talk = startTalk(options, members, tally);
    await pause(warmUp);
    // what passes between the usage and the reading is the same at both ends
    const first = await usage();
    const start = reading(tally);
    tally.measuring = true;
    await pause(duration);
    const last = await usage();
    const stop = reading(tally);
    tally.measuring = false;
    tally.talking = false;
    await talk;

    const membersIn = tally.saidIn.map((_, room) =>
      members.filter((member) => member.room === room).length
    );
    const deadline = performance.now() + drain;
    while (tally.missing(membersIn) > 0 && performance.now() < deadline) await pause(10);
    // what comes twice comes soon
    await pause(20);

    const differences = members.map(({ room, heard }) => tally.saidIn[room]! - heard);
    const p50 = tally.latencies.quantile(0.5);
    const p99 = tally.latencies.quantile(0.99);
    return {
      said: tally.said.count,
      heard: tally.heard,
      lost: differences.reduce((sum, missing) => sum + Math.max(0, missing), 0),
      doubled: differences.reduce((sum, missing) => sum + Math.max(0, -missing), 0),
      ended: tally.ended,
      connectSeconds,
      seconds: (stop.time - start.time) / 1_000,
      deliveries: stop.deliveries - start.deliveries,
      frames: stop.frames - start.frames,
      bytes: stop.bytes - start.bytes,
      ...tally.deliveries > 0 ? { p50, p99 } : {},
      ownCpu: stop.cpu - start.cpu,
      ...before && joined && first && last
        ? {
          serverCpu: last.cpu - first.cpu,
          cpus: last.cpus.map((cpu, index) => cpu - first.cpus[index]!),
          memory: { before: before.memory, joined: joined.memory, end: last.memory },
        }
        : {},
    };
  } finally {
    tally.over = true;
    await Promise.all(members.map((member) => member.close()));
  }
}

const nothing = () => Promise.resolve(undefined);

/** What has been counted up to now. */
function reading({ deliveries, frames, bytes }: Tally) {
  const { user, system } = process.cpuUsage();
  return { time: performance.now(), deliveries, frames, bytes, cpu: (user + system) / 1e6 };
}

/** Connects all members; those that are connected are in `members` also when another fails. */
async function join(
  { members: count, rooms }: LoadOptions,
  { ports }: LoadTarget,
  common: Common,
  members: LoadMember[],
): Promise<void> {
  const joinOne = async (index: number) => {
    const port = ports[Math.floor(index / rooms) % ports.length]!;
    members.push(await LoadMember.join({ port, index, room: index % rooms, common }));
  };
  for (let index = 0; index < count; index += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - index) }, (_, at) => index + at);
    const results = await Promise.allSettled(some.map(joinOne));
    const failure = results.find((result) => result.status === "rejected");
    if (failure) throw failure.reason;
  }
}

/** Lets the publishers begin; resolves when the talk is over. */
async function startTalk(
  { rooms, publishers, pace }: LoadOptions,
  members: readonly LoadMember[],
  tally: Tally,
): Promise<void> {
  const talkers = members.filter(({ index }) => Math.floor(index / rooms) < publishers);
  if ("unanswered" in pace) {
    for (const talker of talkers) talker.say(pace.unanswered);
    return;
  }
  if (talkers.length === 0 || pace.perSecond === 0) return;
  const began = performance.now();
  for (let turn = 0; tally.talking;) {
    const early = began + turn * 1_000 / pace.perSecond - performance.now();
    if (early <= 0) talkers[turn++ % talkers.length]!.say(1);
    // a silence of many seconds must not outlast the load
    else await pause(Math.min(100, early));
  }
}
