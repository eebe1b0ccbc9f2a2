// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, logValue, say } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { launchChromium } from "../support/chromium.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { connected, openIndex } from "../support/scene.ts";
import { type WatchedPage, watchedPage } from "../support/watched_page.ts";

/** Names that each are a room of their own. */
const ROOMS: Record<string, string> = {
  "letters": "lobby",
  "letters in capitals": "LOBBY",
  "an emoji of several code points": "👩🏽‍🚀",
  "CJK": "聊天室",
  "spaces inside": "two  words",
  "spaces at the ends": " lobby ",
  "the end of a script": "</script>",
  "a script after the end of one": "</script><script>alert(1)</script>",
  "the begin of a comment and a script": "<!--<script>",
  "an image that fails": `"><img src=x onerror=alert(1)>`,
  "quotes": `'";alert(1);'"`,
  "a template literal": "${alert(1)}`",
  "a template of ours": "<%= it.room %>",
  "an entity": "&lt;b&gt;&amp;",
  "a percent-encoded slash": "%2F",
  "a slash": "/",
  "a slash inside": "a/b",
  "two dots inside a path": "../lobby",
  "three dots": "...",
  "percent-encoded dots": "%2e%2e",
  "a lone percent sign": "100%",
  "a query": "?room=lobby",
  "a fragment": "#lobby",
  "a plus, an ampersand, an equals sign": "a+b&c=d",
  "a backslash": "a\\b",
  "a semicolon": "lobby;x=1",
  "a right-to-left override": "abc\u202Edef",
  "right-to-left text": "חדר צ'אט",
  "an invisible character": "lob\u200Bby",
  "full-width letters": "ｌｏｂｂｙ",
  "what another room's group looks like": `x${"0123456789".repeat(4)}`,
  "100 code points": "x".repeat(100),
  "100 code points outside the BMP": "🦜".repeat(100),
  "a composed letter": "caf\u00E9",
};

/** Names that no room has. */
const REFUSED: Record<string, string> = {
  "nothing": "",
  "one dot": ".",
  "two dots": "..",
  "101 code points": "x".repeat(101),
  "101 code points outside the BMP": "🦜".repeat(101),
  "a NUL": "a\u0000b",
  "a line feed": "a\nb",
  "an escape": "a\u001Bb",
  "a C1 control": "a\u0085b",
};

function roomPath(name: string): string {
  return `/chat/${encodeURIComponent(name)}/`;
}

/** Checks that the page is the room's, by all that shows which one it is. */
async function assertRoom(page: Page, name: string): Promise<void> {
  const url = new URL(page.url());
  assertEquals([url.pathname, url.search, url.hash], [roomPath(name), "", ""]);
  assertEquals(await page.locator("h1 bdi").textContent(), name);
  assertStringIncludes(await page.title(), name.replace(/\s+/g, " ").trim());
}

/** The index page's way into a room. */
async function enter({ page }: WatchedPage, parley: ParleyProcess, name: string): Promise<void> {
  await page.goto(parley.http());
  await submit({ page }, name);
}

/** Writes the name into the index page's field, and submits it. */
async function submit({ page }: Pick<WatchedPage, "page">, name: string): Promise<void> {
  await page.locator("#room-name-input").fill(name);
  await page.locator("#room-name-submit").click();
}

Deno.test("the index page leads each name, without the spaces around it, into its room", async (t) => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  const watched = await watchedPage(await browser.newContext());
  for (const [what, name] of Object.entries(ROOMS)) {
    await t.step(what, async () => {
      await enter(watched, parley, name);
      await watched.page.waitForURL((url) => url.pathname !== "/");
      await assertRoom(watched.page, name.trim());
      assertEquals(watched.problems, []);
    });
  }
});

Deno.test("the index page does so without scripts, too", async (t) => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  const watched = await watchedPage(await browser.newContext({ javaScriptEnabled: false }));
  for (const [what, name] of Object.entries(ROOMS)) {
    await t.step(what, async () => {
      await enter(watched, parley, name);
      await watched.page.waitForURL((url) => url.pathname !== "/", { waitUntil: "commit" });
      await assertRoom(watched.page, name.trim());
    });
  }
});

Deno.test("each name is a room of its own: what is said there is heard nowhere else", async () => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  await using stack = new AsyncDisposableStack();
  const listeners = new Map<string, ChatSocket>();
  for (const name of Object.values(ROOMS)) {
    listeners.set(name, stack.use(await ChatSocket.open(parley.ws(name))));
  }
  const { page, problems } = await watchedPage(await browser.newContext());
  for (const name of listeners.keys()) {
    const response = await page.goto(parley.http(roomPath(name)));
    assertEquals(response!.status(), 200, name);
    await connected(page);
    await assertRoom(page, name);
    await say(page, `said in ${name}`);
    await heard(page, `said in ${name}`);
    assertEquals((await logValue(page)).split("said in").length, 2, name);
  }
  for (const [name, listener] of listeners) {
    listener.send({ message: "nothing else" });
    assertEquals(await listener.nextTexts(2), [`said in ${name}`, "nothing else"]);
  }
  assertEquals(problems, []);
});

Deno.test("two ways to type the same name are one room", async () => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  const user = await browser.newContext();
  const [composed, decomposed] = ["caf\u00E9", "cafe\u0301"];
  const first = await watchedPage(user);
  await enter(first, parley, composed);
  await first.page.waitForURL(parley.http(roomPath(composed)));
  const second = await watchedPage(user);
  await enter(second, parley, decomposed);
  await second.page.waitForURL(parley.http(roomPath(composed)));
  const third = await watchedPage(user);
  await third.page.goto(parley.http(roomPath(decomposed)));
  await connected(first.page);
  await using socket = await ChatSocket.open(parley.ws(decomposed));
  await first.page.bringToFront();
  await say(first.page, "bonjour");
  for (const { page, problems } of [first, second, third]) {
    await heard(page, "bonjour");
    assertEquals(await page.locator("h1 bdi").textContent(), composed);
    assertEquals(problems, []);
  }
  assertEquals((await socket.next()).message, "bonjour");
});

Deno.test("a name that no room has is refused by the index page, at the field", async (t) => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  const watched = await watchedPage(await browser.newContext());
  for (const [what, name] of Object.entries(REFUSED)) {
    // a field of one line takes no line feed: there it is another name
    if (name.includes("\n")) continue;
    await t.step(what, async () => {
      await openIndex(watched.page, parley);
      await submit(watched, name);
      const problem = watched.page.locator("#room-name-error");
      await problem.filter({ hasText: /\S/ }).waitFor();
      assertEquals(new URL(watched.page.url()).pathname, "/");
      assertEquals(watched.problems, []);
    });
  }
});

Deno.test("a name that no room has is refused by its address, with a page that says why", async (t) => {
  await using parley = await ParleyProcess.start();
  const { port } = parley;
  for (const [what, name] of Object.entries(REFUSED)) {
    await t.step(what, async () => {
      const form = await fetch(parley.http(`/chat/?room=${encodeURIComponent(name)}`));
      assertEquals(form.status, 400);
      assertStringIncludes(await form.text(), "room");
      using socket = await RawWebSocket.open({ port, path: `/ws${roomPath(name)}` });
      using page = await RawWebSocket.open({ port, path: roomPath(name) });
      assertEquals([socket.status, page.status], [400, 400]);
      assertStringIncludes(await page.body(), "room");
    });
  }
});
