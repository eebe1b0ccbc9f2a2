// @ts-types="./support/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { ChatSocket } from "./support/chat_socket.ts";
import { V1 } from "./support/enter.ts";
import { eventually } from "./support/eventually.ts";
import { freePort } from "./support/free_port.ts";
import { ParleyProcess } from "./support/parley_process.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { repository } from "./support/repository.ts";

const { version } = JSON.parse(Deno.readTextFileSync(`${repository}/deno.json`));

Deno.test("the start prints one line, with an address that answers", async () => {
  await using parley = await ParleyProcess.start();
  assertMatch(parley.stdout.all[0]!, /^Parley is at http:\/\/127\.0\.0\.1:\d+\/$/);
  const response = await fetch(parley.http());
  assertEquals(response.status, 200);
  assertStringIncludes(await response.text(), "Chat Rooms");
  parley.signal("SIGTERM");
  await parley.exitCode();
  assertEquals(parley.stdout.all.length, 1);
});

Deno.test("on all addresses, the start prints localhost", async () => {
  await using parley = await ParleyProcess.start({ flags: ["--host", "0.0.0.0"] });
  assertMatch(parley.stdout.all[0]!, /^Parley is at http:\/\/localhost:\d+\/$/);
  const response = await fetch(`http://127.0.0.1:${parley.port}/healthz`);
  await response.body?.cancel();
  assertEquals(response.status, 200);
});

Deno.test("a setting comes from the environment, a flag goes before it", async () => {
  const port = freePort();
  const env = { PARLEY_HOST: "127.0.0.1", PARLEY_PORT: String(port) };
  const flags = ["--port", String(port)];
  await using parley = await ParleyProcess.start({ flags, env: { ...env, PARLEY_PORT: "banana" } });
  assertEquals(parley.port, port);
  const { code, stderr } = await ParleyProcess.run({ env });
  assertEquals(code, 1, "the same port, from the environment, is in use");
  assertStringIncludes(stderr.join("\n"), String(port));
});

const BAD_SETTINGS: { flags?: string[]; env?: Record<string, string>; names: string }[] = [
  { flags: ["--port", "banana"], names: "port" },
  { flags: ["--port", "70000"], names: "port" },
  { flags: ["--port", "-1"], names: "port" },
  { flags: ["--port"], names: "port" },
  { flags: ["--redis", "http://127.0.0.1/"], names: "redis" },
  { flags: ["--message-bytes", "-1"], names: "message-bytes" },
  { flags: ["--message-rate", "fast"], names: "message-rate" },
  { flags: ["--message-burst", "1e999"], names: "message-burst" },
  { flags: ["--max-connections", "1.5"], names: "max-connections" },
  { flags: ["--allow-origin", "not an origin"], names: "allow-origin" },
  { flags: ["--log-level", "loud"], names: "log-level" },
  { flags: ["--no-such-flag"], names: "no-such-flag" },
  { flags: ["stray"], names: "stray" },
  { env: { PARLEY_PORT: "banana" }, names: "PARLEY_PORT" },
  { env: { PARLEY_REDIS: "127.0.0.1:6379" }, names: "PARLEY_REDIS" },
  { env: { PARLEY_MESSAGE_RATE: "fast" }, names: "PARLEY_MESSAGE_RATE" },
];

for (const { flags = [], env = {}, names } of BAD_SETTINGS) {
  const setting = [...Object.entries(env).map((pair) => pair.join("=")), ...flags].join(" ");
  Deno.test(`a bad setting ends it with one line and exit code 2: ${setting}`, async () => {
    const outcome = await ParleyProcess.run({ flags, env });
    assertEquals(outcome.stdout, []);
    assertEquals(outcome.stderr.length, 1, outcome.stderr.join("\n"));
    assertStringIncludes(outcome.stderr[0]!, names);
    assertEquals(outcome.code, 2);
  });
}

const SECRETS: [flags: string[], same: boolean][] = [
  [["--secret", "known to nobody else"], true],
  [[], false],
];

for (const [flags, same] of SECRETS) {
  const what = same ? "the same --secret" : "no --secret";
  Deno.test(`a member is ${same ? "" : "not "}the same on a server restarted with ${what}`, async () => {
    const enter = async (parley: ParleyProcess, query: Record<string, string>) => {
      const url = `${parley.ws("lobby")}?${new URLSearchParams(query)}`;
      await using socket = await ChatSocket.open(url, V1);
      return (await socket.next()).you;
    };
    await using before = await ParleyProcess.start({ flags });
    const ann = await enter(before, { name: "Ann" });
    await before.kill();
    await using after = await ParleyProcess.start({ flags });
    const again = await enter(after, ann);
    assertEquals(again.name, "Ann");
    assertEquals([again.id === ann.id, again.token === ann.token], [same, same]);
    // by another secret, nobody can say to be her
    await using other = await ParleyProcess.start({ flags: ["--secret", "made up by a thief"] });
    assertNotEquals((await enter(other, ann)).id, ann.id);
  });
}

Deno.test("a port in use ends it with one line and exit code 1", async () => {
  await using parley = await ParleyProcess.start();
  const port = String(parley.port);
  const outcome = await ParleyProcess.run({ flags: ["--host", "127.0.0.1", "--port", port] });
  assertEquals(outcome.stdout, []);
  assertEquals(outcome.stderr.length, 1, outcome.stderr.join("\n"));
  assertStringIncludes(outcome.stderr[0]!, port);
  assertEquals(outcome.code, 1);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} tells every socket 1001 and ends it with exit code 0`, async () => {
    await using parley = await ParleyProcess.start();
    await using plain = await ChatSocket.open(parley.ws("lobby"));
    await using other = await ChatSocket.open(parley.ws("elsewhere"));
    await using full = await ChatSocket.open(parley.ws("lobby"), V1);
    parley.signal(signal);
    for (const socket of [plain, other, full]) assertEquals((await socket.closed).code, 1001);
    assertEquals(await parley.exitCode(5000), 0);
  });
}

/** Whether somebody accepts connections on its port. */
async function listens({ port }: ParleyProcess): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("out of file descriptors it lets nobody in for a while, and who is in stays", async () => {
  await using parley = await ParleyProcess.start({ openFiles: 256 });
  await using ann = await ChatSocket.open(parley.ws("lobby"));
  const idle: Deno.Conn[] = [];
  const connect = async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: parley.port });
    return idle.push(connection) < 300;
  };
  try {
    // at the end it listens no more, or what was waiting is reset
    while (await connect().catch(() => false));
    await parley.waitForLog(/Cannot accept connections: .*; trying again/);
  } finally {
    for (const connection of idle) connection.close();
  }
  await eventually(() => listens(parley), (answer) => answer);
  await using ben = await ChatSocket.open(parley.ws("lobby"));
  ben.send({ message: "still there?" });
  assertEquals(await ann.next(), { message: "still there?" });
});

Deno.test("SIGTERM ends it within 5 s even with a peer that has stopped reading", async () => {
  const flags = ["--message-rate", "0", "--message-bytes", "0"];
  await using parley = await ParleyProcess.start({ flags });
  using stalled = await RawWebSocket.open({ port: parley.port, path: "/ws/chat/lobby/" });
  assertEquals(stalled.status, 101);
  await using talker = await ChatSocket.open(parley.ws("lobby"));
  const message = "x".repeat(1 << 20);
  // far more than the buffers of a TCP connection hold
  for (let sent = 0; sent < 32; sent++) {
    talker.send({ message });
    assertEquals((await talker.next()).message.length, message.length);
  }
  parley.signal("SIGTERM");
  assertEquals((await talker.closed).code, 1001);
  let over = false;
  const ended = parley.exitCode(5000).finally(() => over = true);
  // It waits for the peer, but lets no new one in.
  await eventually(() => listens(parley), (answer) => !answer);
  assert(!over, "it still waits");
  assertEquals(await ended, 0);
});

Deno.test("SIGTERM before it listens ends it with exit code 0 too", async () => {
  const redis = `redis://127.0.0.1:${freePort()}`;
  await using process = ParleyProcess.spawn({ flags: ["--port", "0", "--redis", redis] });
  await process.stderr.waitFor(/Redis is away/);
  process.signal("SIGTERM");
  assertEquals(await process.exitCode(5000), 0);
  assertEquals(process.stdout.all, []);
});

Deno.test("that a limit of connections is reached is logged, once for many", async () => {
  const flags = ["--max-connections", "3", "--max-connections-per-ip", "2"];
  await using process = await ParleyProcess.start({ flags: [...flags, "--trust-proxy"] });
  const enter = async (from: string) => {
    const headers = { "X-Forwarded-For": from };
    return await RawWebSocket.open({ port: process.port, path: "/ws/chat/x/", headers });
  };
  const statuses: number[] = [];
  {
    using stack = new DisposableStack();
    for (const from of ["1", "1", "1", "1", "2", "2", "2"]) {
      statuses.push(stack.use(await enter(`192.0.2.${from}`)).status);
    }
  }
  assertEquals(statuses, [101, 101, 503, 503, 101, 503, 503]);
  await process.stderr.waitFor(/192\.0\.2\.1.* 2 .*--max-connections-per-ip/);
  await process.stderr.waitFor(/ 3 .*--max-connections\)/);
  assertEquals(process.stderr.all.filter((line) => line.includes("are refused")).length, 2);
});

Deno.test("--help lists every flag, and exits with 0", async () => {
  const { code, stdout, stderr } = await ParleyProcess.run({ flags: ["--help"] });
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  const flags = [
    ...["--host", "--port", "--redis", "--redis-prefix", "--message-bytes", "--message-rate"],
    ...["--message-burst", "--max-connections", "--max-connections-per-ip", "--allow-origin"],
    ...["--trust-proxy", "--log-level", "--healthcheck", "--help", "--version", "PARLEY_"],
  ];
  for (const flag of flags) assertStringIncludes(stdout.join("\n"), flag);
});

Deno.test("--version prints the version of deno.json, and exits with 0", async () => {
  const { code, stdout, stderr } = await ParleyProcess.run({ flags: ["--version"] });
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  assertEquals(stdout.length, 1);
  assert(stdout[0]!.split(" ").includes(version), stdout[0]);
});

Deno.test("--healthcheck says by its exit code whether a server is ready", async () => {
  await using parley = await ParleyProcess.start();
  const flags = ["--host", "127.0.0.1", "--port", String(parley.port), "--healthcheck"];
  assertEquals((await ParleyProcess.run({ flags })).code, 0);
  parley.signal("SIGTERM");
  await parley.exitCode();
  assertEquals((await ParleyProcess.run({ flags })).code, 1);
});

Deno.test("a server alone does not load the Redis client", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: repository,
    stderr: "null",
  }).output();
  const graph: { roots: string[]; modules: Module[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const byName = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set(graph.roots);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of byName.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  const names = [...loaded];
  assert(names.some((name) => name.endsWith("/server/layers/memory.ts")), "the graph was read");
  assertEquals(names.filter((name) => /@redis\/client|layers\/redis/.test(name)), []);
});

/** A module of `deno info --json`, as far as it matters here. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}
