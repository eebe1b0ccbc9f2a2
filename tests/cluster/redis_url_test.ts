// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer, type RedisServerOptions } from "../support/redis_server.ts";

/** What a Redis URL can say beyond the address; two processes that were given it talk with each other. */
const CASES: { name: string; server: RedisServerOptions; path: string; keyspace: RegExp }[] = [
  {
    name: "a password",
    server: { password: "p@ss/w%rd" },
    path: "",
    keyspace: /^db0:/m,
  },
  {
    name: "a database number",
    server: {},
    path: "/3",
    keyspace: /^# Keyspace\s+db3:/,
  },
  {
    name: "TLS, a password, and a database number",
    server: { tls: true, password: "secret" },
    path: "/2",
    keyspace: /^# Keyspace\s+db2:/,
  },
];

for (const { name, server, path, keyspace } of CASES) {
  Deno.test(`the URL of Redis has ${name}`, async () => {
    await using redis = await RedisServer.start(server);
    const flags = ["--redis", redis.url + path];
    const env: Record<string, string> = server.tls ? { DENO_CERT: redis.certificate } : {};
    await using one = await ParleyProcess.start({ flags, env });
    await using two = await ParleyProcess.start({ flags, env });
    for (const parley of [one, two]) await parley.waitForStatus("/readyz", 200);
    await using ann = await ChatSocket.open(one.ws("lobby"));
    await using bob = await ChatSocket.open(two.ws("lobby"));
    ann.send({ message: "hello" });
    assertEquals(await bob.next(), { message: "hello" });
    assertMatch(String(await redis.command("INFO", "keyspace")), keyspace);
  });
}

Deno.test("a certificate that nobody vouches for is refused", async () => {
  await using redis = await RedisServer.start({ tls: true });
  await using parley = await ParleyProcess.start({ flags: ["--redis", redis.url] });
  await parley.waitForLog(/certificate|UnknownIssuer/i);
  await parley.waitForStatus("/readyz", 503);
});

Deno.test("what is no Redis is said in a few lines, however often it is tried", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const answers = (async () => {
    for (let tries = 0; tries < 20; tries++) {
      using connection = await listener.accept();
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    }
  })();
  const flags = ["--redis", `redis://127.0.0.1:${port}`];
  await using parley = await ParleyProcess.start({ flags });
  await answers;
  const said = parley.stderr.all.filter((line) => line.includes("Redis is away"));
  assertEquals(said.length, new Set(said.map((line) => line.replace(/^\S+/, ""))).size);
  assert(said.length > 0 && said.length <= 5, said.join("\n"));
});
