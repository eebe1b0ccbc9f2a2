// The two browser tests of the Django Channels tutorial (its part 4), over one process and over two with Redis.
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, logValue, say } from "../support/chat_page.ts";
import { launchChromium } from "../support/chromium.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";
import { watchedPage } from "../support/watched_page.ts";

/** So long, in milliseconds, the tutorial's tests wait for a message. */
const SOON = 2_000;

/** Goes the way of a user: the index page, the room's name, Enter. */
async function enterChatRoom(page: Page, parley: ParleyProcess, room: string): Promise<void> {
  await page.goto(parley.http("/chat/"));
  assertMatch(await page.title(), /^Chat Rooms/);
  await page.keyboard.type(room);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.includes(room));
  assertMatch(await page.title(), /^Chat Room/);
}

async function sameRoom(
  first: Page,
  second: Page,
  one: ParleyProcess,
  two: ParleyProcess,
): Promise<void> {
  await enterChatRoom(first, one, "room_1");
  await enterChatRoom(second, two, "room_1");
  await say(first, "hello");
  await heard(first, "hello", SOON);
  await heard(second, "hello", SOON);
  await say(second, "hello to you");
  await heard(first, "hello to you", SOON);
  await heard(second, "hello to you", SOON);
}

async function otherRoom(
  first: Page,
  second: Page,
  one: ParleyProcess,
  two: ParleyProcess,
): Promise<void> {
  await enterChatRoom(first, one, "room_1");
  await enterChatRoom(second, two, "room_2");
  await say(first, "hello");
  await heard(first, "hello", SOON);
  await say(second, "world");
  await heard(second, "world", SOON);
  assert(!(await logValue(second)).includes("hello"), "a message from room_1 is in room_2");
  assert(!(await logValue(first)).includes("world"), "a message from room_2 is in room_1");
}

const TESTS = [
  { name: "a message is seen by everyone in the same room", test: sameRoom },
  { name: "a message is not seen by anyone in another room", test: otherRoom },
];

for (const { name, test } of TESTS) {
  /** Runs the test in two users' windows, in which nothing may go wrong on the way. */
  const inTwoWindows = async (one: ParleyProcess, two: ParleyProcess) => {
    await using browser = await launchChromium();
    const first = await watchedPage(await browser.newContext());
    const second = await watchedPage(await browser.newContext());
    await test(first.page, second.page, one, two);
    assertEquals([...first.problems, ...second.problems], []);
  };

  Deno.test(`when chatting in the browser, ${name}`, async () => {
    await using parley = await ParleyProcess.start();
    await inTwoWindows(parley, parley);
  });

  Deno.test(`when chatting over two processes, ${name}`, async () => {
    await using redis = await RedisServer.start();
    const flags = ["--redis", redis.url];
    await using one = await ParleyProcess.start({ flags });
    await using two = await ParleyProcess.start({ flags });
    await inTwoWindows(one, two);
  });
}
