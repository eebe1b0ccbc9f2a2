import { parseArgs } from "node:util";

/** Everything that can be set. */
export interface Settings {
  /** The address to listen on. */
  readonly host: string;
  /** The port to listen on; 0: any free one. */
  readonly port: number;
  /** Redis' URL, or `undefined` to stand alone. */
  readonly redis: string | undefined;
  /** channels_redis' `prefix`. */
  readonly redisPrefix: string;
  /** What one connection may send. */
  readonly messages: {
    readonly messageBytes: number;
    readonly messageRate: number;
    readonly messageBurst: number;
  };
  /** How many connections there may be. */
  readonly connections: {
    readonly maxConnections: number;
    readonly maxConnectionsPerIp: number;
  };
  /** Origins other than our own whose pages may connect. */
  readonly allowOrigin: readonly string[];
  /** Whether a proxy in front of us tells clients' addresses and scheme. */
  readonly trustProxy: boolean;
  /** How much is kept of a room; `ttl` in milliseconds. */
  readonly history: { readonly messages: number; readonly bytes: number; readonly ttl: number };
  /** How much is kept of all rooms in memory, in bytes. */
  readonly historyMemory: number;
  /** What to sign with, or `undefined` for a random secret. */
  readonly secret: string | undefined;
  /** The least grave log records that are written. */
  readonly logLevel: LogLevel;
}

/** What to do, as the command line says. */
export type Command =
  | { readonly kind: "serve" | "healthcheck"; readonly settings: Settings }
  | { readonly kind: "help" | "version" };

/** A setting that cannot be; the message is one line that says which, what it is, and what it may be. */
export class SettingsError extends Error {
  /** The class. */
  override readonly name = "SettingsError";
}

/** How grave a log record is. */
export type LogLevel = "debug" | "info" | "warning" | "error";

const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** A setting's row in the help and the README. */
export interface Option {
  /** The flag without its dashes; the environment variable is derived from it. */
  readonly flag: string;
  /** What stands for the value; missing for a switch. */
  readonly value?: string;
  /** Its default, as it would be written. */
  readonly preset: string;
  /** What it does. */
  readonly help: string;
}

/** All settings, in the order in which they are documented. */
export const OPTIONS = [
  { flag: "host", value: "ADDRESS", preset: "0.0.0.0", help: "address to listen on" },
  { flag: "port", value: "NUMBER", preset: "8000", help: "port to listen on; 0 picks a free one" },
  {
    flag: "redis",
    value: "URL",
    preset: "",
    help: "redis[s]://[user:password@]host[:port][/database]; without it the server stands alone",
  },
  {
    flag: "redis-prefix",
    value: "TEXT",
    preset: "asgi",
    help: "channels_redis' prefix: servers with the same one share their rooms",
  },
  {
    flag: "message-bytes",
    value: "SIZE",
    preset: "16K",
    help: "longest message, in bytes of UTF-8; 0: no limit",
  },
  {
    flag: "message-rate",
    value: "NUMBER",
    preset: "10",
    help: "messages a second from one connection; 0: no limit",
  },
  {
    flag: "message-burst",
    value: "NUMBER",
    preset: "20",
    help: "messages at once from one connection; 0: no limit",
  },
  {
    flag: "max-connections",
    value: "NUMBER",
    preset: "10000",
    help: "connections in all; 0: no limit",
  },
  {
    flag: "max-connections-per-ip",
    value: "NUMBER",
    preset: "100",
    help: "connections from one address; 0: no limit",
  },
  {
    flag: "allow-origin",
    value: "ORIGINS",
    preset: "",
    help: "other origins whose pages may connect, as https://example.org,…; * allows all",
  },
  {
    flag: "trust-proxy",
    preset: "false",
    help: "take the client's address and scheme from X-Forwarded-For and X-Forwarded-Proto",
  },
  {
    flag: "history",
    value: "NUMBER",
    preset: "1000",
    help: "messages kept of a room; 0 keeps none",
  },
  {
    flag: "history-bytes",
    value: "SIZE",
    preset: "1M",
    help: "bytes kept of a room; 0: no limit but 512M on each node",
  },
  {
    flag: "history-ttl",
    value: "TIME",
    preset: "24h",
    help: "how long a room is kept after its last message; 0: for ever",
  },
  {
    flag: "history-memory",
    value: "SIZE",
    preset: "256M",
    help: "bytes kept of all rooms without Redis, the longest silent go first; 0: no limit",
  },
  {
    flag: "secret",
    value: "TEXT",
    preset: "",
    help: "what members' tokens are signed with; else random, or shared through Redis",
  },
  {
    flag: "log-level",
    value: "LEVEL",
    preset: "info",
    help: `least grave log records written: ${LOG_LEVELS.join(", ")}`,
  },
] as const satisfies readonly Option[];

type Flag = typeof OPTIONS[number]["flag"];

const SECRET_FLAGS: ReadonlySet<Flag> = new Set(["redis", "secret"]);

/** The flags that are commands rather than settings. */
const COMMANDS = ["healthcheck", "help", "version"] as const;

/** The name of the environment variable that sets the same as the flag. */
export function variable(flag: string): string {
  return `PARLEY_${flag.replaceAll("-", "_").toUpperCase()}`;
}

/**
 * What the arguments and the environment ask for; an argument wins over its variable.
 *
 * @throws {SettingsError} for the first setting that cannot be.
 */
export function parseCommand(
  args: string[],
  env: (variable: string) => string | undefined,
): Command {
  const given = parseFlags(args);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const read = <T>(flag: Flag, parse: (text: string) => T | undefined, may: string): T => {
    const option = OPTIONS.find((option) => option.flag === flag)!;
    const [source, text] = given[flag] !== undefined
      ? [`--${flag}`, String(given[flag])]
      : [variable(flag), env(variable(flag)) || option.preset];
    const value = parse(text);
    // What may hold a password is not repeated: errors end up in logs.
    const shown = SECRET_FLAGS.has(flag) ? "" : ` "${text}"`;
    if (value === undefined) throw new SettingsError(`Cannot use ${source}${shown}: ${may}`);
    return value;
  };
  const count = (flag: Flag) => read(flag, parseCount, "it must be a whole number, 0 or more");
  const size = (flag: Flag) =>
    read(flag, parseSize, "it must be a number of bytes, such as 16384, 16K or 1M");
  const settings: Settings = {
    host: read("host", parseHost, "it must be an address"),
    port: read("port", parsePort, "it must be a whole number from 0 to 65535"),
    redis: read(
      "redis",
      (text) => text === "" ? { url: undefined } : isRedisUrl(text) ? { url: text } : undefined,
      "it must look like redis://user:password@localhost:6379/0 (rediss: for TLS), with % as %25",
    ).url,
    redisPrefix: read(
      "redis-prefix",
      (text) => /^[\w.-]+$/.test(text) ? text : undefined,
      'it must have letters, digits, "_", "-" and "." only',
    ),
    messages: {
      messageBytes: size("message-bytes"),
      messageRate: read("message-rate", parseNumber, "it must be a number, 0 or more"),
      messageBurst: count("message-burst"),
    },
    connections: {
      maxConnections: count("max-connections"),
      maxConnectionsPerIp: count("max-connections-per-ip"),
    },
    allowOrigin: read(
      "allow-origin",
      parseOrigins,
      'it must be origins like https://example.org, without a path or a "*" in it',
    ),
    trustProxy: read("trust-proxy", parseSwitch, 'it must be "true" or "false"'),
    history: {
      messages: count("history"),
      bytes: size("history-bytes"),
      ttl: read("history-ttl", parseTime, "it must be a time, such as 90s, 30m, 24h or 7d"),
    },
    historyMemory: size("history-memory"),
    secret: read(
      "secret",
      (text) => text === "" || text.length >= 16 ? { text } : undefined,
      "it must have 16 characters or more",
    ).text || undefined,
    logLevel: read(
      "log-level",
      (text) => LOG_LEVELS.find((level) => level === text),
      `it must be one of ${LOG_LEVELS.join(", ")}`,
    ),
  };
  return { kind: given.healthcheck ? "healthcheck" : "serve", settings };
}

/** The text for `--help`. */
export function helpText(): string {
  const rows = [
    ...OPTIONS.map((option) => {
      const value = "value" in option ? ` ${option.value}` : "";
      const preset = option.preset === "" || value === "" ? "" : ` (${option.preset})`;
      return [`--${option.flag}${value}`, option.help + preset];
    }),
    ["--healthcheck", "ask the server at --host and --port whether it is ready; exit 0 or 1"],
    ["-h, --help", "show this"],
    ["--version", "show the version"],
  ];
  const width = Math.max(...rows.map(([flag]) => flag!.length));
  return [
    "Parley: a chat server in one file.",
    "",
    "Usage: parley [options]",
    "",
    ...rows.map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`),
    "",
    `Each setting is also an environment variable: --message-rate is ${variable("message-rate")}.`,
    "",
  ].join("\n");
}

function parseFlags(args: string[]): Record<string, string | boolean | undefined> {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const option of OPTIONS) {
    options[option.flag] = { type: "value" in option ? "string" : "boolean" };
  }
  for (const command of COMMANDS) options[command] = { type: "boolean" };
  options.help = { type: "boolean", short: "h" };
  try {
    return parseArgs({ args, options, allowNegative: true }).values;
  } catch (error) {
    // The first sentence says what is wrong, the rest is advice that does not fit our commands.
    const { message } = error as Error;
    const flag = /^Option '(-[^' ]+).*argument (?:is ambiguous|missing)/.exec(message)?.[1];
    if (flag !== undefined) {
      throw new SettingsError(
        `Cannot use ${flag}: it needs a value, and none that begins with a dash`,
      );
    }
    const [sentence] = message.split(/\.\s/);
    throw new SettingsError(`${sentence} (see --help)`);
  }
}

function parseNumber(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function parseCount(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** IPv6 addresses may have the brackets that they have in URLs. */
function parseHost(text: string): string | undefined {
  return text.replace(/^\[(.*)\]$/, "$1") || undefined;
}

function parsePort(text: string): number | undefined {
  const port = parseCount(text);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

/** Larger numbers have no meaning for Redis' times, nor as sizes: 2^48. */
const LARGEST = 2 ** 48;

function parseUnits(text: string, units: Record<string, number>): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()]! : NaN;
  const value = Math.round(Number(digits) * factor);
  return digits !== "" && value <= LARGEST ? value : undefined;
}

function parseSize(text: string): number | undefined {
  const [k, m, g] = [1024, 1024 ** 2, 1024 ** 3];
  return parseUnits(text, { "": 1, b: 1, k, kb: k, kib: k, m, mb: m, mib: m, g, gb: g, gib: g });
}

/** In milliseconds; a number alone is seconds. */
function parseTime(text: string): number | undefined {
  const s = 1000;
  return parseUnits(text, { "": s, ms: 1, s, m: 60 * s, h: 3600 * s, d: 86_400 * s });
}

function parseSwitch(text: string): boolean | undefined {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0)$/i.test(text) ? false : undefined;
}

function parseOrigins(text: string): string[] | undefined {
  const origins = text.split(",").map((origin) => origin.trim()).filter(Boolean).map(parseOrigin);
  return origins.includes(undefined) ? undefined : origins as string[];
}

/** As browsers write it. */
function parseOrigin(text: string): string | undefined {
  if (text === "*") return text;
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, origin, href } = new URL(text);
  const isPages = protocol === "http:" || protocol === "https:";
  return isPages && !hostname.includes("*") && href === `${origin}/` ? origin : undefined;
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, username, password } = new URL(text);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return (protocol === "redis:" || protocol === "rediss:") && hostname !== "" &&
    /^\/?\d*$/.test(pathname);
}
