// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { helpText, OPTIONS, parseCommand, SettingsError, variable } from "../server/settings.ts";

function settings(args: string[], env: Record<string, string> = {}) {
  const command = parseCommand(args, (name) => env[name]);
  assert(command.kind === "serve");
  return command.settings;
}

Deno.test("settings: the defaults are the documented ones", () => {
  assertEquals(settings([]), {
    host: "0.0.0.0",
    port: 8000,
    redis: undefined,
    redisPrefix: "asgi",
    messages: { messageBytes: 16_384, messageRate: 10, messageBurst: 20 },
    connections: { maxConnections: 10_000, maxConnectionsPerIp: 100 },
    allowOrigin: [],
    trustProxy: false,
    history: { messages: 1000, bytes: 1_048_576, ttl: 86_400_000 },
    historyMemory: 268_435_456,
    secret: undefined,
    logLevel: "info",
  });
});

Deno.test("settings: a flag wins over its variable, which wins over the default", () => {
  const env = { PARLEY_PORT: "9000", PARLEY_MESSAGE_RATE: "2.5", PARLEY_TRUST_PROXY: "1" };
  const { port, messages, trustProxy } = settings(["--port", "0"], env);
  assertEquals([port, messages.messageRate, trustProxy], [0, 2.5, true]);
  assertEquals(settings(["--no-trust-proxy"], env).trustProxy, false);
  assertEquals(settings([], { PARLEY_PORT: "" }).port, 8000);
});

Deno.test("settings: sizes, times and lists have units and commas", () => {
  const { messages, history, allowOrigin } = settings([
    "--message-bytes=64KiB",
    "--history-ttl=90s",
    "--history-bytes=0",
    "--allow-origin=https://a.example, http://b.example:81",
  ]);
  assertEquals(messages.messageBytes, 65_536);
  assertEquals(history.ttl, 90_000);
  assertEquals(history.bytes, 0);
  assertEquals(allowOrigin, ["https://a.example", "http://b.example:81"]);
  assertEquals(
    settings(["--allow-origin", "HTTPS://A.example:443,https://b.example/,*"]).allowOrigin,
    ["https://a.example", "https://b.example", "*"],
  );
  assertEquals(settings(["--history-ttl", "7d"]).history.ttl, 604_800_000);
  assertEquals(settings(["--history-ttl", "60"]).history.ttl, 60_000);
});

Deno.test("settings: Redis' URL may have credentials, a database, and TLS", () => {
  for (const url of ["redis://h", "rediss://u:p%40@h:7000/3", "redis://[::1]:6379/0"]) {
    assertEquals(settings(["--redis", url]).redis, url);
  }
});

const BAD: [args: string[], message: string][] = [
  [["--port", "65536"], 'Cannot use --port "65536": it must be a whole number from 0 to 65535'],
  [["--port", "8e3"], 'Cannot use --port "8e3": it must be a whole number from 0 to 65535'],
  [["--host", ""], 'Cannot use --host "": it must be an address'],
  [
    ["--max-connections", "1.5"],
    'Cannot use --max-connections "1.5": it must be a whole number, 0 or more',
  ],
  [
    ["--message-bytes", "16 apples"],
    'Cannot use --message-bytes "16 apples": it must be a number of bytes, such as 16384, 16K or 1M',
  ],
  [
    ["--history-ttl", "1y"],
    'Cannot use --history-ttl "1y": it must be a time, such as 90s, 30m, 24h or 7d',
  ],
  [
    ["--redis", "localhost:6379"],
    "Cannot use --redis: it must look like redis://user:password@localhost:6379/0 (rediss: for TLS), with % as %25",
  ],
  [
    ["--redis", "redis://h/x"],
    "Cannot use --redis: it must look like redis://user:password@localhost:6379/0 (rediss: for TLS), with % as %25",
  ],
  ...["example.org", "https://*.example.org", "ws://example.org", "https://example.org/chat"].map((
    origin,
  ): [string[], string] => [
    ["--allow-origin", `https://a.example,${origin}`],
    `Cannot use --allow-origin "https://a.example,${origin}": it must be origins like ` +
    'https://example.org, without a path or a "*" in it',
  ]),
  [
    ["--redis-prefix", "a b"],
    'Cannot use --redis-prefix "a b": it must have letters, digits, "_", "-" and "." only',
  ],
  [
    ["--secret", "short"],
    "Cannot use --secret: it must have 16 characters or more",
  ],
  [
    ["--log-level", "loud"],
    'Cannot use --log-level "loud": it must be one of debug, info, warning, error',
  ],
  [
    ["--redis", "redis://:100%@h"],
    "Cannot use --redis: it must look like redis://user:password@localhost:6379/0 (rediss: for TLS), with % as %25",
  ],
  [
    ["--message-bytes", "1constructor"],
    'Cannot use --message-bytes "1constructor": it must be a number of bytes, such as 16384, 16K or 1M',
  ],
  [
    ["--history-ttl", "99999999999999d"],
    'Cannot use --history-ttl "99999999999999d": it must be a time, such as 90s, 30m, 24h or 7d',
  ],
  [["--port", "-1"], "Cannot use --port: it needs a value, and none that begins with a dash"],
  [["--port"], "Cannot use --port: it needs a value, and none that begins with a dash"],
  [["--prot", "1"], "Unknown option '--prot' (see --help)"],
];
for (const [args, message] of BAD) {
  Deno.test(`settings: ${args.join(" ")} is refused in one line`, () => {
    assertThrows(() => settings(args), SettingsError, message);
  });
}

Deno.test("settings: what is left over or has no value is refused in one line", () => {
  for (const args of [["extra"], ["--port"], ["--port", "--host", "x"], ["--trust-proxy=x"]]) {
    const error = assertThrows(() => settings(args), SettingsError);
    assert(!error.message.includes("\n") && error.message.length < 200, error.message);
  }
});

Deno.test("settings: a bad variable is named as such", () => {
  assertThrows(
    () => settings([], { PARLEY_HISTORY: "many" }),
    SettingsError,
    'Cannot use PARLEY_HISTORY "many": it must be a whole number, 0 or more',
  );
});

Deno.test("settings: an IPv6 address may have brackets", () => {
  assertEquals(settings(["--host", "[::1]"]).host, "::1");
});

Deno.test("settings: commands", () => {
  assertEquals(parseCommand(["--help"], () => undefined).kind, "help");
  assertEquals(parseCommand(["-h"], () => undefined).kind, "help");
  assertEquals(parseCommand(["--version"], () => undefined).kind, "version");
  assertEquals(parseCommand(["--healthcheck"], () => undefined).kind, "healthcheck");
});

Deno.test("settings: the help has every flag, and the README every flag and variable", async () => {
  const help = helpText();
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  for (const { flag, preset } of OPTIONS) {
    assert(help.includes(`--${flag}`), `--${flag} is missing in the help`);
    const row = readme.split("\n").find((line) => line.startsWith(`| \`--${flag}\``));
    assert(row !== undefined, `--${flag} is missing in the README`);
    assert(row.includes(`\`${variable(flag)}\``), `${variable(flag)} is missing in the README`);
    assert(preset === "" || row.includes(`\`${preset}\``), `--${flag} has another default`);
  }
});
