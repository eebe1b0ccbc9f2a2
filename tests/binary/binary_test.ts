// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { CompiledParley, NoCompilerError } from "../support/compiled_parley.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";
import { repository } from "../support/repository.ts";

const { version } = JSON.parse(Deno.readTextFileSync(`${repository}/deno.json`));

/** The bytes of an address that has to be there. */
async function bytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  assertEquals(response.status, 200, url);
  return await response.bytes();
}

async function text(url: string): Promise<string> {
  return new TextDecoder().decode(await bytes(url));
}

/** The paths of all files in the folder and those below it. */
function filesIn(folder: string, path = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${path}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${path}${name}/`) : [path + name]
  );
}

const made = await CompiledParley.make().catch((error: Error) => error);
const reason = made instanceof NoCompilerError && !Deno.env.has("CI")
  ? ` (skipped: ${made.message})`
  : "";
const name = `the compiled binary, in an empty folder, in an empty environment${reason}`;

Deno.test({ name, ignore: reason !== "" }, async (t) => {
  if (made instanceof Error) throw made;
  await using compiled = made;
  await using cleanup = new AsyncDisposableStack();
  const cwd = await Deno.makeTempDir({ prefix: "parley-empty-" });
  cleanup.defer(() => Deno.remove(cwd, { recursive: true }));
  const binary = compiled.path;

  await t.step("says its version", async () => {
    const { code, stdout, stderr } = await ParleyProcess.run({ binary, cwd, flags: ["--version"] });
    assertEquals({ code, stderr }, { code: 0, stderr: [] });
    assert(stdout[0]!.split(" ").includes(version), stdout[0]);
  });

  await t.step("has only the npm packages that it uses", () => {
    assertStringIncludes(compiled.output, "eta/");
    for (const name of ["playwright-core", "fast-check"]) assert(!compiled.output.includes(name));
  });

  await t.step("has the pages, and all that they name", async () => {
    await using parley = await ParleyProcess.start({ binary, cwd });
    for (const [path, title] of [["/", "Chat Rooms"], ["/chat/caf%C3%A9/", "Chat Room café"]]) {
      const page = await text(parley.http(path));
      assertStringIncludes(page, `<title>${title}`);
      const named = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, url]) => url!);
      assertMatch(named.join(), /style\.css.*\.js/);
      for (const url of named) await bytes(parley.http(url));
    }
    const headers = { accept: "text/html" };
    const missing = await fetch(parley.http("/no/such/page"), { headers });
    assertEquals(missing.status, 404);
    assertStringIncludes(await missing.text(), "<title>");
    assertMatch(await text(parley.http("/metrics")), /^parley_connections 0$/m);
  });

  await t.step("has every asset as it is in the folder", async () => {
    await using parley = await ParleyProcess.start({ binary, cwd });
    for (const name of filesIn(`${repository}/static`)) {
      const original = await Deno.readFile(`${repository}/static/${name}`);
      assertEquals(await bytes(parley.http(`/static/${name}`)), original);
    }
  });

  await t.step("lets two sockets chat, and tells them 1001 at SIGTERM", async () => {
    await using parley = await ParleyProcess.start({ binary, cwd });
    await using ann = await ChatSocket.open(parley.ws("lobby"));
    await using bob = await ChatSocket.open(parley.ws("lobby"), V1);
    ann.send({ message: "hello 你好" });
    assertEquals((await bob.nextMessage()).message, "hello 你好");
    bob.send({ message: "hello Ann" });
    assertEquals(await ann.nextTexts(2), ["hello 你好", "hello Ann"]);
    parley.signal("SIGTERM");
    assertEquals((await ann.closed).code, 1001);
    assertEquals((await bob.closed).code, 1001);
    assertEquals(await parley.exitCode(5000), 0);
    assertEquals(parley.stdout.all.length, 1);
  });

  await t.step("is one server with another over Redis, its URL from the environment", async () => {
    await using redis = await RedisServer.start();
    const env = { PARLEY_REDIS: redis.url };
    await using one = await ParleyProcess.start({ binary, cwd, env });
    await using two = await ParleyProcess.start({ binary, cwd, env });
    for (const parley of [one, two]) await parley.waitForStatus("/readyz", 200);
    await using ann = await ChatSocket.open(one.ws("lobby"));
    await using bob = await ChatSocket.open(two.ws("lobby"));
    ann.send({ message: "hello" });
    assertEquals(await bob.next(), { message: "hello" });
  });

  await t.step("answers the health check of a container", async () => {
    await using parley = await ParleyProcess.start({ binary, cwd });
    const port = ["--host", "127.0.0.1", "--port", String(parley.port)];
    const check = { binary, cwd, flags: ["--healthcheck", ...port] };
    assertEquals((await ParleyProcess.run(check)).code, 0);
    await parley.kill();
    assertEquals((await ParleyProcess.run(check)).code, 1);
  });

  await t.step("leaves nothing in the folder", () => {
    assertEquals([...Deno.readDirSync(cwd)], []);
  });
});
