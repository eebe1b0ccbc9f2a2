/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page, Response } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { connected, historyIn, indexReady, wholeBrowserTest } from "../support/scene.ts";
import { PageInParts } from "../support/page_in_parts.ts";
import { holdScripts, painted } from "../support/painting.ts";

/** What a room's page with everything may weigh as it is transferred, in bytes. */
const MOST = 40_000;

/** Has the page note by how much its parts are moved without anybody having done anything. */
async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        const moved = entry.sources.map(({ node }) => (node as Element)?.outerHTML?.slice(0, 60));
        shifts.push(`${entry.value}: ${moved}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** What TypeScript's DOM does not know yet. */
interface LayoutShift extends PerformanceEntry {
  value: number;
  sources: { node: Node | null }[];
}

/** The shifts so far; those of the frame that is being made included. */
function shifts(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    return (globalThis as unknown as { shifts: string[] }).shifts;
  });
}

/** What the page has painted so far. */
function paints(page: Page): Promise<string[]> {
  return page.evaluate(() => performance.getEntriesByType("paint").map(({ name }) => name));
}

/** What beside the page itself has come from the server. */
function transferred(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    return entries.filter(({ transferSize }) => transferSize > 0).map(({ name }) => name);
  });
}

wholeBrowserTest("loading", {
  "the room's page with everything is under 40 KB, each file once and from here": async (scene) => {
    for (const locale of ["en-GB", "zh-TW"]) {
      const page = await scene.page(await scene.user({ locale }));
      const responses: Response[] = [];
      const sockets: string[] = [];
      page.on("response", (response) => responses.push(response));
      page.on("websocket", (socket) => sockets.push(socket.url()));
      await page.goto(scene.address, { waitUntil: "networkidle" });
      await connected(page);
      let bytes = 0;
      for (const response of responses) {
        await response.finished();
        const encoding = await response.headerValue("content-encoding");
        assertEquals([response.status(), encoding], [200, "br"], response.url());
        bytes += (await response.request().sizes()).responseBodySize;
      }
      const addresses = responses.map((response) => response.url());
      // a browser asks for the icon of its tab by itself
      const asked = addresses.filter((address) => !address.endsWith("/favicon.svg"));
      assertEquals(new Set(asked).size, asked.length, addresses.join("\n"));
      const files = addresses.filter((address) => /\.(js|css|svg)$/.test(address));
      assert(files.length > 20, files.join("\n"));
      const origins = [...addresses, ...sockets].map((address) => new URL(address).host);
      assertEquals([...new Set(origins)], [new URL(scene.address).host]);
      assertEquals(sockets.length, 1);
      assert(bytes > 10_000 && bytes < MOST, `${bytes} bytes`);
    }
  },

  "a second visit transfers the page alone": async (scene) => {
    const page = await scene.page(await scene.user());
    await page.goto(scene.address, { waitUntil: "networkidle" });
    assert((await transferred(page)).length > 20);
    await page.goto(scene.parley.http("/chat/another/"), { waitUntil: "networkidle" });
    assertEquals(await transferred(page), []);
  },

  "the first paint waits for no script": async (scene) => {
    for (const address of [scene.parley.http(), scene.address]) {
      const page = await scene.page(await scene.user());
      const scripts = await holdScripts(page);
      await page.goto(address, { waitUntil: "commit" });
      await painted(page);
      const heading = page.locator("h1");
      assert(await heading.isVisible());
      assert(scripts.held > 0, "no script was asked for");
      await scripts.release();
      // and then they do their work
      if (address === scene.address) await connected(page);
      else await page.locator("#room-name-input:focus").waitFor();
    }
  },

  "the field to write in has the focus by itself, unless something else has it by then": async (
    scene,
  ) => {
    const room = { address: scene.address, field: "#chat-message-input", ready: connected };
    const index = { address: scene.parley.http(), field: "#room-name-input", ready: indexReady };
    for (const { address, field, ready } of [room, index]) {
      for (const first of [field, "[popovertarget=settings]"]) {
        const page = await scene.page(await scene.user());
        const scripts = await holdScripts(page);
        await page.goto(address, { waitUntil: "commit" });
        await page.locator(`${field}:focus`).waitFor();
        // as before the frame with which a browser does what "autofocus" says
        await page.locator(field).blur();
        if (first !== field) await page.locator(first).focus();
        await scripts.release();
        await ready(page);
        await page.locator(`${first}:focus`).waitFor();
      }
    }
  },

  "the room's page is painted when all of it has come, and so none of it moves": async (scene) => {
    const load = async (edit?: (page: string) => string) => {
      await using stack = new AsyncDisposableStack();
      const server = stack.use(new PageInParts(scene.parley.http(), "</a>", edit));
      const page = await scene.page(await scene.user({ viewport: { width: 390, height: 844 } }));
      await noteShifts(page);
      // they would find no room there
      await holdScripts(page);
      // what asks for frames would wait for the rest of the page
      const style = page.waitForResponse(/style\.css$/);
      await page.goto(server.address(scene.address), { waitUntil: "commit" });
      await (await style).finished();
      const held = stack.move();
      return { server, page, [Symbol.asyncDispose]: () => held.disposeAsync() };
    };
    await using whole = await load();
    // what a browser does with that part when nothing holds it back
    await using early = await load((page) => page.replace(/<link rel="expect"[^>]*>/, ""));
    await painted(early.page);
    assertEquals(await paints(whole.page), []);
    early.server.sendRest();
    whole.server.sendRest();
    await painted(whole.page);
    assertEquals(await shifts(whole.page), []);
    assert((await shifts(early.page)).length > 0, "there is nothing that would move");
  },

  "nothing moves while the room's page loads": async (scene) => {
    const ann = await scene.member("Ann");
    for (let n = 0; n < 40; n++) ann.send({ message: `line ${n}` });
    await ann.nextTexts(40);
    for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
      const page = await scene.page(await scene.user({ viewport, name: "Mia" }));
      await noteShifts(page);
      const scripts = await holdScripts(page);
      await page.goto(scene.address, { waitUntil: "commit" });
      await painted(page);
      await scripts.release();
      await connected(page);
      await historyIn(page);
      await heard(page, "line 39");
      assertEquals(await shifts(page), []);
    }
  },

  "nothing moves while the index page loads": async (scene) => {
    const user = await scene.user();
    await (await scene.enter(user)).close();
    const page = await scene.page(user);
    await noteShifts(page);
    const scripts = await holdScripts(page);
    await page.goto(scene.parley.http(), { waitUntil: "commit" });
    await painted(page);
    await scripts.release();
    await page.locator("#visited-rooms li").waitFor();
    assertEquals(await shifts(page), []);
  },
}, ["--message-rate", "0"]);
