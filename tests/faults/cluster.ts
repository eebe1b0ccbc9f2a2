import { createClient } from "redis";
import type { ParleyOptions } from "../../static/client.js";
import { ChatSocket } from "../support/chat_socket.ts";
import { freePort } from "../support/free_port.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";
import { residentMemory } from "../support/resident_memory.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";
import { until } from "../support/until.ts";
import { Chatter, Listener } from "./chatter.ts";
import { Ledger, type Verdict, WRONGS } from "./ledger.ts";
import { Load, type LoadOptions } from "./load.ts";

/** What Redis keeps on disk: all that it has acknowledged. */
export const DURABLE = ["--appendonly", "yes", "--appendfsync", "always"];

/** So many messages are all that may be said while a part of the cluster is away. */
export const LONG_HISTORY = 10_000;

/** Flags by which the nodes keep so many messages, of whatever size. */
export function historyFlags(messages: number): string[] {
  return ["--history", `${messages}`, "--history-bytes", "0"];
}

/** How long the chat may take to come to rest after the last fault has ended, in milliseconds. */
const REST = 20_000;

/** What a {@linkcode Cluster} is made of. */
export interface ClusterOptions {
  /** How many nodes. @default 3 */
  nodes?: number;
  /** How many clients, on all nodes alike. @default 24 */
  clients?: number;
  /** How many plain clients, which only listen. @default 0 */
  listeners?: number;
  /** More arguments of redis-server. @default those that let it keep everything */
  redis?: string[];
  /** Environment of all processes. */
  env?: Record<string, string>;
  /** More flags of the nodes. @default a long history */
  flags?: string[];
  /** How many of the nodes reach Redis through a proxy. @default 0 */
  proxied?: number;
  /** Options of the clients. */
  client?: ParleyOptions;
  /** Makes the choices. @default 1 */
  seed?: number;
}

/** One Parley of a {@linkcode Cluster}; after a restart it is another process. */
export class Node implements AsyncDisposable {
  readonly name: string;
  /** What stands between it and Redis, if anything. */
  readonly proxy: TcpProxy | undefined;
  /** Whether new connections are led to it. */
  up = false;
  process!: ParleyProcess;
  readonly #flags: string[];
  readonly #env: Record<string, string>;
  /** The log of the processes before. */
  readonly #log: string[] = [];

  constructor(
    name: string,
    flags: string[],
    env: Record<string, string>,
    proxy: TcpProxy | undefined,
  ) {
    this.name = name;
    this.#flags = flags;
    this.#env = env;
    this.proxy = proxy;
  }

  /** Starts it, again if need be; it is ready when this resolves. */
  async start(): Promise<void> {
    if (this.process) {
      await this.process.kill();
      this.#log.push(...this.process.stderr.all);
    }
    const flags = ["--port", `${freePort()}`, ...this.#flags];
    this.process = await ParleyProcess.start({ flags, env: this.#env });
    await this.process.waitForStatus("/readyz", 200);
    this.up = true;
  }

  /** The port that it listens on. */
  get port(): number {
    return this.process.port;
  }

  /** All lines of its log. */
  get log(): string[] {
    return [...this.#log, ...this.process.stderr.all];
  }

  /** Its resident memory in bytes. */
  memory(): Promise<number> {
    return residentMemory(this.port);
  }

  /** One number of its `/metrics`. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(this.process.http("/metrics"))).text();
    const line = new RegExp(`^${name} (.*)$`, "m").exec(text);
    if (line === null) throw new Error(`Cannot find the metric "${name}" of ${this.name}`);
    return Number(line[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process?.kill();
    await this.proxy?.[Symbol.asyncDispose]();
  }
}

/** Real nodes on a real Redis, behind a proxy that balances real clients on them, all of them in one room. */
export class Cluster implements AsyncDisposable {
  readonly room = "lobby";
  readonly redis: RedisServer;
  readonly nodes: Node[] = [];
  /** What the clients connect to. */
  readonly balancer: TcpProxy;
  readonly ledger = new Ledger();
  readonly chatters: Chatter[] = [];
  readonly listeners: Listener[] = [];
  readonly random: () => number;
  /** A connection to Redis that was there before the fault. */
  readonly admin: ReturnType<typeof createClient>;
  readonly #options: ClusterOptions;
  readonly #stack: AsyncDisposableStack;
  #turn = 0;
  #named = 0;

  private constructor(
    options: ClusterOptions,
    redis: RedisServer,
    balancer: TcpProxy,
    stack: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.redis = redis;
    this.balancer = balancer;
    this.#stack = stack;
    this.random = seededRandom(options.seed ?? 1);
    const socket = { reconnectStrategy: () => 50 };
    this.admin = createClient({ url: redis.url, RESP: 2, socket });
    this.admin.on("error", () => {});
  }

  /** Starts it all; every client is in the room when this resolves. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await RedisServer.start({ args: options.redis ?? DURABLE }));
    const targets = (): readonly number[] => cluster.#targets();
    const balancer = stack.use(await TcpProxy.listen(targets));
    const cluster: Cluster = new Cluster(options, redis, balancer, stack.move());
    try {
      await cluster.#start();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** One more client in the room. */
  add(options: { address?: string; name?: string } = {}): Chatter {
    const { address = `http://127.0.0.1:${this.balancer.port}`, name = `c${++this.#named}` } =
      options;
    const chatter = new Chatter(this.ledger, name, address, this.room, {
      random: this.random,
      ...this.#options.client,
    });
    this.chatters.push(chatter);
    return chatter;
  }

  /** Lets chatters talk, all of them or those that are given. */
  load(
    rate: number,
    { chatters = this.chatters, ...options }: Partial<LoadOptions> & {
      chatters?: readonly Chatter[];
    } = {},
  ): Load {
    return new Load(chatters, { rate, random: this.random, ...options });
  }

  /** One of these, at random. */
  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  /**
   * Resolves when each of the clients has heard back something that it said, after now; to the milliseconds that it
   * took. They must be talking.
   */
  flowing(chatters: readonly Chatter[] = this.chatters, milliseconds = REST): Promise<number> {
    const since = performance.now();
    const late = () => chatters.filter(({ acknowledgedAt }) => acknowledgedAt <= since);
    return until(
      () => late().length === 0,
      () =>
        `something acknowledged to each client; there is none for ${
          late().map(({ view, parley }) => `${view.name} (${parley.state})`).join(", ")
        }`,
      milliseconds,
    );
  }

  /** Resolves when all that was said is answered, and every client has it or knows that it will not. */
  async rest(milliseconds = REST): Promise<void> {
    const late = () => this.chatters.filter(({ settled, view }) => !settled || !view.isLast);
    await until(() => late().length === 0, () => {
      const names = late().map(({ view, parley }) =>
        `${view.name} (${parley.state}, ${parley.outbox.length} pending, at ${
          Deno.inspect(view.at)
        })`
      );
      return `rest; the last is ${Deno.inspect(this.ledger.last)}, late: ${names.join("\n")}`;
    }, milliseconds).catch((error) => this.ledger.complain(String(error)));
  }

  /** What went wrong by itself: grave lines in the logs, nodes that ended, clients that were refused for good. */
  errors(): string[] {
    return [
      ...this.nodes.flatMap(({ name, log }) =>
        log.filter((line) => /\[(ERR|FTL)\]|^error: |Uncaught|panicked/.test(line))
          .map((line) => `${name}: ${line}`)
      ),
      ...this.chatters.flatMap(({ view, errors }) =>
        errors.map(({ code, detail }) => `${view.name}: ${code}: ${detail}`)
      ),
    ];
  }

  /**
   * Waits for rest, and judges.
   *
   * @param lossy whether something may be missing that the clients were told of
   * @throws {Error} with all complaints, unless nothing is wrong
   */
  async verify({ lossy = false } = {}): Promise<Verdict> {
    await this.rest();
    const verdict = this.ledger.judge();
    const errors = this.errors();
    for (const { name, process } of this.nodes) {
      const alive = await fetch(process.http("/healthz")).then((answer) => answer.text(), String);
      if (alive.trim() !== "ok") errors.push(`${name} is not well: ${alive}`);
    }
    for (const listener of lossy ? [] : this.listeners) {
      await until(() => listener.texts.at(-1) === this.ledger.order.at(-1), "the last message")
        .catch(() => {});
      errors.push(...listener.compare(this.ledger.order));
    }
    const wrong = WRONGS.some((key) => verdict[key] > 0) || (!lossy && verdict.told > 0) ||
      verdict.acknowledged === 0 || errors.length > 0;
    if (!wrong) return verdict;
    const logs = this.nodes.map(({ name, log }) => `log of ${name}:\n${log.slice(-30).join("\n")}`);
    throw new Error(
      [Deno.inspect(verdict), ...errors, ...this.ledger.complaints, ...logs].join("\n"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.chatters.map((chatter) => chatter.leave()));
    await Promise.all(this.listeners.map(({ socket }) => socket.close().catch(() => {})));
    this.admin.destroy();
    await this.#stack.disposeAsync();
  }

  async #start(): Promise<void> {
    const {
      nodes = 3,
      clients = 24,
      listeners = 0,
      flags = historyFlags(LONG_HISTORY),
      env = {},
      proxied = 0,
    } = this.#options;
    await this.admin.connect();
    for (let index = 0; index < nodes; index++) {
      const proxy = index < proxied
        ? this.#stack.use(await TcpProxy.listen(() => [this.redis.port]))
        : undefined;
      const url = proxy === undefined ? this.redis.url : `redis://127.0.0.1:${proxy.port}`;
      const all = [
        ...["--redis", url, "--message-rate", "0"],
        ...["--max-connections", "0", "--max-connections-per-ip", "0", ...flags],
      ];
      const node = new Node(`node ${index}`, all, env, proxy);
      this.nodes.push(node);
      this.#stack.use(node);
    }
    await Promise.all(this.nodes.map((node) => node.start()));
    for (let index = 0; index < clients; index++) this.add();
    for (let index = 0; index < listeners; index++) {
      const { process } = this.nodes[index % nodes]!;
      this.listeners.push(new Listener(await ChatSocket.open(process.ws(this.room))));
    }
    await until(() => this.chatters.every(({ settled }) => settled), "all clients in the room");
  }

  /** The nodes that are up, another one first each time. */
  #targets(): number[] {
    const up = this.nodes.filter((node) => node.up).map((node) => node.port);
    const first = this.#turn++ % Math.max(1, up.length);
    return [...up.slice(first), ...up.slice(0, first)];
  }
}
