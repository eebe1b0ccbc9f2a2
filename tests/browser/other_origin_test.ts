// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import type { Parley, ParleyOptions } from "../../static/client.js";
import { ChatSocket } from "../support/chat_socket.ts";
import { launchChromium } from "../support/chromium.ts";
import { V1 } from "../support/enter.ts";
import { freePort } from "../support/free_port.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";
import { watchedPage } from "../support/watched_page.ts";

/** What the page keeps for the test to look at. */
interface PageGlobal {
  parley: Parley;
  states: string[];
  texts: string[];
}

/** Somebody else's page, which takes the client from the chat's server. */
function pageOf(address: string, options: ParleyOptions): string {
  return `<!DOCTYPE html><title>Elsewhere</title><link rel="icon" href="data:,">
<script type="module">
  import { Parley } from "${address}/static/client.js";
  const parley = new Parley("${address}", "lobby", ${JSON.stringify(options)});
  Object.assign(globalThis, { parley, states: [], texts: [] });
  parley.addEventListener("state", ({ detail }) => states.push(detail.state));
  parley.addEventListener("message", ({ detail }) => texts.push(detail.message));
  parley.connect();
</script>`;
}

/** A web server of its own, and so another origin than the chat's. */
function serve(port: number, page: string): AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    () => new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } }),
  );
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Resolves when the client on the page is in that state. */
async function reach(page: Page, state: string): Promise<void> {
  const hasIt = (state: string) => (globalThis as unknown as PageGlobal).states?.at(-1) === state;
  await page.waitForFunction(hasIt, state, { timeout: 10_000 });
}

/** Resolves when the client on the page has shown the text. */
async function shown(page: Page, text: string): Promise<void> {
  const hasIt = (text: string) => (globalThis as unknown as PageGlobal).texts.includes(text);
  await page.waitForFunction(hasIt, text, { timeout: 10_000 });
}

/** Says something by the client on the page. */
async function say(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => {
    (globalThis as unknown as PageGlobal).parley.send(text);
  }, text);
}

Deno.test("a page of another origin imports the client, and talks where it is allowed to", async () => {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  await using parley = await ParleyProcess.start({ flags: ["--allow-origin", origin] });
  await using _ = serve(port, pageOf(parley.http().slice(0, -1), { name: "Ann" }));
  await using ben = await ChatSocket.open(parley.ws("lobby"), V1);
  await using browser = await launchChromium();
  const { page, problems } = await watchedPage(await browser.newContext());
  await page.goto(origin);
  await reach(page, "open");
  await say(page, "hello from elsewhere");
  const { message, name } = await ben.nextMessage();
  assertEquals([message, name], ["hello from elsewhere", "Ann"]);
  ben.send({ message: "hello back" });
  await shown(page, "hello back");
  assertEquals(problems, []);
});

Deno.test("a page of an origin that is not allowed has the client, and no connection", async () => {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  await using parley = await ParleyProcess.start();
  await using _ = serve(port, pageOf(parley.http().slice(0, -1), { name: "Ann" }));
  await using browser = await launchChromium();
  const { page, problems } = await watchedPage(await browser.newContext());
  await page.goto(origin);
  await reach(page, "waiting");
  assertEquals(
    await page.evaluate(() => (globalThis as unknown as PageGlobal).states),
    ["connecting", "waiting"],
  );
  assertStringIncludes(problems.join("\n"), "Unexpected response code: 403");
});

Deno.test("a browser that is online again is back at once, whatever the wait", async () => {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  const hour = 3_600_000;
  await using parley = await ParleyProcess.start({ flags: ["--allow-origin", origin] });
  await using proxy = await TcpProxy.listen(() => [parley.port]);
  const options = { name: "Ann", retryFirst: hour, retryMax: hour };
  await using _ = serve(port, pageOf(`http://127.0.0.1:${proxy.port}`, options));
  await using ben = await ChatSocket.open(parley.ws("lobby"), V1);
  await using browser = await launchChromium();
  const user = await browser.newContext();
  const page = await user.newPage();
  await page.goto(origin);
  await reach(page, "open");
  await user.setOffline(true);
  for (const link of proxy.links) link.reset();
  await reach(page, "waiting");
  ben.send({ message: "missed" });
  assertEquals(await ben.nextTexts(1), ["missed"]);
  await say(page, "said offline");
  await user.setOffline(false);
  await shown(page, "said offline");
  assertEquals(await page.evaluate(() => (globalThis as unknown as PageGlobal).texts), [
    "missed",
    "said offline",
  ]);
  assertEquals(await ben.nextTexts(1), ["said offline"]);
});
