import { freePort } from "../support/free_port.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { programPath } from "../support/program_path.ts";
import { repository } from "../support/repository.ts";
import { ServerProcess } from "../support/server_process.ts";
import { pause } from "../support/until.ts";
import { installPackages } from "./peer_packages.ts";
import { PARLEY, PLAIN, SOCKET_IO, type Wire } from "./wire.ts";

/** A server that listens on 127.0.0.1. */
export interface Running extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** A chat server that can be put under load. */
export interface Contender {
  /** What it is called, in a table as in the picture. */
  readonly label: string;
  readonly wire: Wire;
  /** The packages of npm that it needs and their versions; its own is the first. */
  readonly packages?: Record<string, string>;
  /** Whether it needs Node. */
  readonly onNode?: boolean;
  /** Starts it, over this Redis when it is one node of several; it listens when this resolves. */
  start(folder: string, redis?: string): Promise<Running>;
}

/** How long a server may take to listen, in milliseconds. */
const START = 30_000;

/** Parley limits what one address may do; here all members have one. */
const UNLIMITED = [
  ...["--message-rate", "0"],
  ...["--max-connections", "0"],
  ...["--max-connections-per-ip", "0"],
];

const parley: Contender = {
  label: "Parley",
  wire: PARLEY,
  start: (_folder, redis) =>
    ParleyProcess.start({ flags: [...UNLIMITED, ...redis ? ["--redis", redis] : []] }),
};

const bunPackage = `@oven/bun-${Deno.build.os}-${
  { x86_64: "x64", aarch64: "aarch64" }[Deno.build.arch]
}`;

/** All of them, by the names that they have in a file of figures. */
export const CONTENDERS = {
  parley,
  "parley-plain": { ...parley, label: "Parley, plain", wire: PLAIN },
  "plain-deno": {
    label: "plain Deno",
    wire: PLAIN,
    start: () =>
      startPeer(
        Deno.execPath(),
        ...["run", "--no-config", "--no-check", "--no-prompt", "--allow-net=127.0.0.1"],
        peer("plain_deno.ts"),
      ),
  },
  bun: {
    label: "Bun",
    wire: PLAIN,
    packages: { [bunPackage]: "1.4.5" },
    start: (folder) => startPeer(`${folder}node_modules/${bunPackage}/bin/bun`, peer("bun.ts")),
  },
  ws: {
    label: "ws",
    wire: PLAIN,
    packages: { ws: "8.23.0" },
    onNode: true,
    start: (folder) => startPeer("node", peer("ws.mjs"), folder),
  },
  "socket-io": {
    label: "Socket.IO",
    wire: SOCKET_IO,
    packages: { "socket.io": "4.8.4", "@socket.io/redis-adapter": "8.3.0", "redis": "6.3.1" },
    onNode: true,
    start: (folder, redis) =>
      startPeer("node", peer("socket_io.mjs"), folder, ...redis ? [redis] : []),
  },
} satisfies Record<string, Contender>;

/** A contender's name. */
export type ContenderName = keyof typeof CONTENDERS;

/**
 * Fetches what a contender needs, and returns the folder of its packages; it needs none when that is empty.
 *
 * @throws {Error} when it cannot run here
 */
export async function prepare(name: ContenderName): Promise<string> {
  const { packages, onNode }: Contender = CONTENDERS[name];
  if (onNode && !programPath("node")) throw new Error("Cannot run it: there is no Node");
  return packages ? await installPackages(name, packages) : "";
}

function peer(file: string): string {
  return `${repository}/tests/bench/peers/${file}`;
}

/** Starts a peer, whose file takes the port as its first argument. */
async function startPeer(program: string, ...words: string[]): Promise<Running> {
  const port = freePort();
  const file = words.findLastIndex((word) => word.startsWith(`${repository}/tests/`));
  const args = words.toSpliced(file + 1, 0, `${port}`);
  const process = new ServerProcess(words[file]!, program, { args, cwd: repository });
  await process.started(listening(process, port));
  return {
    port,
    pid: process.pid,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Resolves when the server answers; rejects when it ends first, or does not answer in time. */
async function listening(process: ServerProcess, port: number): Promise<void> {
  let ended = false;
  process.exitCode(START).then(() => ended = true, () => ended = true);
  while (!await answers(port)) {
    if (ended) throw new Error("Cannot reach it: it has ended, or does not listen");
    await pause(20);
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
