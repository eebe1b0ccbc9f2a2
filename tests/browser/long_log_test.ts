/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import type { ChatSocket } from "../support/chat_socket.ts";
import { eventually } from "../support/eventually.ts";
import { historyIn, lookUp, pageTest } from "../support/scene.ts";
import { atEnd, belowSight, lookBackTo } from "../support/scrolled_log.ts";

const MESSAGES = 5_000;

/** What a page that is stuck would reach, in ms, even on a slow machine that does much else. */
const STUCK = 2_000;

/** Talk as it is: short and long, links, code. */
function text(n: number): string {
  return `message ${n}. ${"word ".repeat(n % 40)}https://a.example/${n} \`code ${n}\``;
}

function sayAll(ann: ChatSocket): void {
  for (let n = 0; n < MESSAGES; n++) ann.send({ message: text(n) });
}

/** Notes from the begin how long the page is stuck at most. */
async function watchTasks(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    let longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ type: "longtask", buffered: true });
    Object.assign(globalThis, { longestTask: () => longest });
  });
  return () =>
    page.evaluate(() => (globalThis as unknown as { longestTask(): number }).longestTask());
}

async function assertAllThere(page: Page): Promise<void> {
  await eventually(() => page.locator(".message").count(), (count) => count === MESSAGES, 30_000);
  const numbers = await page.locator(".message .text").evaluateAll((texts) =>
    texts.map((text) => Number(/^message (\d+)\./.exec(text.textContent!)?.[1]))
  );
  assertEquals(numbers, Array.from(numbers.keys()));
}

/** What happens to the log while one more message comes: "+ message", "- message", "class of text". */
async function changesBy(page: Page, say: () => void, last: string): Promise<string[]> {
  await page.locator("#chat-log").evaluate((log) => {
    const changes: string[] = [];
    new MutationObserver((records) => {
      for (const { target, type, attributeName, addedNodes, removedNodes } of records) {
        const name = (node: Node) =>
          node instanceof Element ? node.className.split(" ")[0] : "text";
        if (type === "attributes") changes.push(`${attributeName} of ${name(target)}`);
        for (const node of Array.from(addedNodes)) changes.push(`+ ${name(node)}`);
        for (const node of Array.from(removedNodes)) changes.push(`- ${name(node)}`);
      }
    }).observe(log, { childList: true, subtree: true, attributes: true, characterData: true });
    Object.assign(globalThis, { changes });
  });
  say();
  await page.locator(".message", { hasText: last }).waitFor({ state: "attached" });
  await atEnd(page);
  return await page.evaluate(() => (globalThis as unknown as { changes: string[] }).changes);
}

pageTest("a long log", {
  "5,000 messages as history are all there, and the page was never stuck": async (scene) => {
    const ann = await scene.member("Ann");
    sayAll(ann);
    await ann.nextTexts(MESSAGES);
    const user = await scene.user({ viewport: { width: 800, height: 600 } });
    const page = await scene.page(user);
    const longestTask = await watchTasks(page);
    await page.goto(scene.address);
    await assertAllThere(page);
    await atEnd(page);
    const longest = await longestTask();
    assert(longest < STUCK, `${longest} ms`);
    await page.locator("#chat-log[aria-live=polite]").waitFor();
  },

  "5,000 messages as talk are followed, and one more touches nothing that is there": async (
    scene,
  ) => {
    const user = await scene.user({ viewport: { width: 800, height: 600 } });
    const page = await scene.page(user);
    const longestTask = await watchTasks(page);
    await page.goto(scene.address);
    const ann = await scene.member("Ann");
    sayAll(ann);
    await assertAllThere(page);
    await atEnd(page);
    await historyIn(page);
    const changes = await changesBy(page, () => ann.send({ message: "one more" }), "one more");
    // "follows" is a class of the new line
    assertEquals(changes.filter((change) => change !== "class of message"), ["+ message"]);
    assert(changes.length <= 2, changes.join());

    await lookBackTo(page, 0);
    await page.getByText("message 0.").waitFor();
    await eventually(() => belowSight(page), (pixels) => pixels > MESSAGES * 20);
    await page.locator("#chat-newest").click();
    await atEnd(page);
    assert(await page.getByText("one more").isVisible());
    const longest = await longestTask();
    assert(longest < STUCK, `${longest} ms`);
  },

  "what is older than 10,000 lines goes, as long as nobody looks back": async (scene) => {
    const page = await scene.enter({ viewport: { width: 800, height: 600 } });
    const ann = await scene.member("Ann");
    const numbers = () =>
      page.locator(".message .text").evaluateAll((texts) =>
        texts.map((text) => +text.textContent!)
      );
    let last = 0;
    const sayUpTo = async (n: number) => {
      while (last < n) ann.send({ message: String(++last) });
      await page.locator(".message:last-child .text", { hasText: String(n) }).waitFor({
        state: "attached",
      });
    };

    await sayUpTo(10_250);
    await atEnd(page);
    const [first = 0, ...rest] = await numbers();
    assert(first > 250 && first <= 500, `${first}`);
    assertEquals(rest.at(-1), 10_250);
    assertEquals(rest.length, 10_250 - first);

    await lookBackTo(page, 0);
    await sayUpTo(10_600);
    assertEquals((await numbers())[0], first);
    await page.locator("#chat-newest").click();
    await atEnd(page);
    await sayUpTo(10_601);
    const left = (await numbers())[0]!;
    assert(left > first + 250, `${left}`);
  },

  "one's own messages begin another stretch after 100 lines, too": async (scene) => {
    const ann = await scene.member("Ann");
    for (let n = 0; n < 98; n++) ann.send({ message: "before" });
    await ann.nextTexts(98);
    const page = await scene.enter();
    await historyIn(page);
    for (const text of ["own 1", "own 2", "own 3", "own 4"]) {
      await say(page, text);
      await page.locator(".message[data-status=sent]", { hasText: text }).waitFor();
    }
    const lines = await page.locator(".stretch").evaluateAll((stretches) =>
      stretches.map(({ childElementCount }) => childElementCount)
    );
    assertEquals([lines.length, lines[0]], [2, 100]);
  },

  "the time beside who goes on is seen as a whole far above, too": async (scene) => {
    const ann = await scene.member("Ann");
    for (let n = 0; n < 150; n++) ann.send({ message: `line ${n}. ${"word ".repeat(30)}` });
    await ann.nextTexts(150);
    const page = await scene.enter({ locale: "en-US", viewport: { width: 360, height: 640 } });
    await heard(page, "line 149.");
    await historyIn(page);
    await lookUp(page);
    const line = page.locator(".stretch.full .message.follows", { hasText: "line 1." });
    await line.hover();
    const seen = await line.locator("time").evaluate((time) => {
      const { left, right, top, bottom } = time.getBoundingClientRect();
      return [left + 1, right - 1].map((x) =>
        document.elementFromPoint(x, (top + bottom) / 2) === time
      );
    });
    assertEquals(seen, [true, true]);
  },

  "the browser lays out what is in sight, not all of it": async (scene) => {
    const ann = await scene.member("Ann");
    sayAll(ann);
    await ann.nextTexts(MESSAGES);
    const page = await scene.enter({ viewport: { width: 800, height: 600 } });
    await assertAllThere(page);
    await atEnd(page);
    const laidOut = await page.locator(".message").evaluateAll((lines) =>
      lines.filter((line) => line.checkVisibility({ contentVisibilityAuto: true })).length
    );
    assert(laidOut > 5 && laidOut < MESSAGES / 4, `${laidOut}`);
  },
}, ["--message-rate", "0", "--history", "10000", "--history-bytes", "0"]);
