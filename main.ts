import { configure, getConsoleSink, getLogger, getTextFormatter } from "@logtape/logtape";
// @ts-types="./server/types/std_async_deadline.d.ts"
import { deadline } from "@std/async/deadline";
import { join } from "node:path";
import config from "./deno.json" with { type: "json" };
import { type App, createApp } from "./server/app.ts";
import { Assets } from "./server/assets.ts";
import { type Counters, newCounters } from "./server/counters.ts";
import type { ChannelLayer } from "./server/layers/channel_layer.ts";
import { MemoryChannelLayer } from "./server/layers/memory.ts";
import { Listener } from "./server/listener.ts";
import { helpText, parseCommand, type Settings, SettingsError } from "./server/settings.ts";

/** The longest that a stop waits for peers to say goodbye, in milliseconds. */
const STOP_TIMEOUT = 3_000;

/** The longest that the start waits for Redis, in milliseconds. */
const REDIS_TIMEOUT = 1_000;

/** The longest that a health check waits for its answer, in milliseconds. */
const HEALTHCHECK_TIMEOUT = 2_000;

/**
 * How many connections may wait to be accepted, as far as the system allows. One that finds no place
 * tries again a second later, so all who were cut at once would come back late.
 */
const TCP_BACKLOG = 4_096;

/**
 * So much is taken and freed at the start, in bytes. What a flush to 100 members takes is freed again
 * at the end of the heap, and glibc gives that back to the kernel from 128 KB on, so that each flush
 * would fault its pages in anew: 40,000 faults a second, and 2 to 3 times the processor time. A larger
 * block that is freed raises that bound to twice its size (mallopt(3), M_MMAP_THRESHOLD). It is never
 * touched, so it takes no memory itself; other allocators take no notice.
 */
const FREED_AT_START = 8 * 1024 * 1024;

function fail(message: string, code: number): never {
  console.error(message);
  Deno.exit(code);
}

/** With Redis away it serves all the same: `/readyz` says so, and what needs Redis is refused. */
async function createLayer(settings: Settings, counters: Counters): Promise<ChannelLayer> {
  const { redis, redisPrefix, history, historyMemory, secret } = settings;
  const common = { ...history, ...(secret !== undefined && { secret }) };
  if (redis === undefined) return new MemoryChannelLayer({ ...common, totalBytes: historyMemory });
  // Loaded only here: without the Redis client a server alone takes a seventh less memory.
  const { RedisChannelLayer } = await import("./server/layers/redis.ts");
  const layer = new RedisChannelLayer({
    ...common,
    url: redis,
    prefix: redisPrefix,
    onDropped: () => counters.dropped++,
  });
  await deadline(layer.connected, REDIS_TIMEOUT).catch(() => {});
  return layer;
}

/** The address to open in a browser on this machine. */
function publicUrl(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}

async function healthcheck({ host, port }: Settings): Promise<never> {
  const address = new URL("readyz", publicUrl(host, port));
  const ready = await fetch(address, { signal: AbortSignal.timeout(HEALTHCHECK_TIMEOUT) })
    .then((response) => response.ok, () => false);
  Deno.exit(ready ? 0 : 1);
}

async function serve(settings: Settings): Promise<void> {
  await configure({
    sinks: {
      console: getConsoleSink({
        formatter: getTextFormatter({ timestamp: "rfc3339" }),
        // Standard output has the address alone.
        levelMap: {
          trace: "error",
          debug: "error",
          info: "error",
          warning: "error",
          error: "error",
          fatal: "error",
        },
      }),
    },
    loggers: [
      { category: "parley", lowestLevel: settings.logLevel, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["console"] },
    ],
  });
  const logger = getLogger("parley");
  let stop = (): void | Promise<void> => Deno.exit(0);
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      if (stopping) return;
      stopping = true;
      logger.info("Stopping");
      stop();
    });
  }

  new ArrayBuffer(FREED_AT_START).transfer(0);
  const counters = newCounters();
  const layer = await createLayer(settings, counters);
  const app = createApp({
    settings,
    layer,
    counters,
    assets: await Assets.load(join(import.meta.dirname!, "static")),
    templates: join(import.meta.dirname!, "templates"),
  });
  const listener = listen(settings, app);
  stop = async () => {
    // A peer that has stopped reading never says goodbye, and the server would wait for it.
    const stopped = Promise.all([app.close(), listener.shutdown()]);
    await deadline(stopped, STOP_TIMEOUT).catch(() => {});
    await deadline(layer[Symbol.asyncDispose](), REDIS_TIMEOUT).catch(() => {});
    Deno.exit(0);
  };
}

function listen({ host, port }: Settings, app: App): Listener {
  // An older Deno does not know `tcpBacklog`, and does without.
  const options = {
    hostname: host,
    port,
    tcpBacklog: TCP_BACKLOG,
    onListen: ({ port }: Deno.NetAddr) => console.log(`Parley is at ${publicUrl(host, port)}`),
  };
  try {
    return new Listener(
      options,
      (request, { remoteAddr }) => app.handle(request, remoteAddr.hostname),
    );
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "another program is listening there"
      : (error as Error).message;
    fail(`Cannot listen on ${host} port ${port}: ${reason}`, 1);
  }
}

async function run(): Promise<void> {
  const command = parseCommand(Deno.args, (variable) => Deno.env.get(variable));
  switch (command.kind) {
    case "help":
      return console.log(helpText());
    case "version":
      return console.log(`parley ${config.version}`);
    case "healthcheck":
      return await healthcheck(command.settings);
    case "serve":
      return await serve(command.settings);
  }
}

await run().catch((error) => {
  if (!(error instanceof SettingsError)) throw error;
  fail(error.message, 2);
});
