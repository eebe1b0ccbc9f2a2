/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import type { ChatSocket } from "../support/chat_socket.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { eventually } from "../support/eventually.ts";
import { historyIn, lookAway, lookBack, lookUp, pageTest, type Scene } from "../support/scene.ts";
import { atEnd, belowSight } from "../support/scrolled_log.ts";

const LINE = "— New since you left —";

/** The texts in the log, and where the line stands among them. */
async function lines(page: Page): Promise<string[]> {
  const shown = page.locator("#chat-log :is(.unread, .message .text)");
  return await shown.evaluateAll((lines, mark) =>
    lines.map((line) => {
      const text = line.textContent!.trim();
      return line.matches(".unread") ? `— ${text} —` === mark ? mark : text : text;
    }), LINE);
}

async function enter(scene: Scene): Promise<{ page: Page; ann: ChatSocket }> {
  const ann = await scene.member("Ann");
  const page = await scene.enter();
  ann.send({ message: "seen" });
  await heard(page, "seen");
  return { page, ann };
}

async function hear(page: Page, ann: ChatSocket, ...texts: string[]): Promise<void> {
  for (const message of texts) {
    ann.send({ message });
    await heard(page, message);
  }
}

/** So many that they fill more than the page. */
const MANY = Array.from({ length: 40 }, (_, n) => `new ${n}.`);

/** Resolves when the line stands at the top of what is seen, with a way to the newest. */
async function startsAtLine(page: Page): Promise<void> {
  const fromTop = () =>
    page.locator(".unread").evaluate((line) => {
      const log = line.closest("#chat-log")!;
      return line.getBoundingClientRect().top - log.getBoundingClientRect().top;
    });
  await eventually(fromTop, (pixels) => Math.abs(pixels) < 5);
  await page.getByRole("button", { name: "To the newest" }).waitFor();
}

pageTest("the line in front of what is new since one left", {
  "it stands in front of the first message that came while nobody looked": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new 1", "new 2");
    await lookBack(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", LINE, "new 1", "new 2", "after"]);
  },

  "there is one: the next absence moves it": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new 1");
    await lookBack(page);
    await lookAway(page);
    await hear(page, ann, "new 2");
    assertEquals(await lines(page), ["seen", "new 1", LINE, "new 2"]);
  },

  "nothing new, no line": async (scene) => {
    const { page, ann } = await enter(scene);
    await historyIn(page);
    await lookAway(page);
    await lookBack(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", "after"]);
  },

  "whoever answers has read it: the line goes": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new");
    await lookBack(page);
    await say(page, "mine");
    await heard(page, "mine");
    assertEquals(await lines(page), ["seen", "new", "mine"]);
  },

  "who comes back to the room finds it where the last visit ended": async (scene) => {
    const { page, ann } = await enter(scene);
    await page.goto(scene.parley.http("/"));
    for (const message of ["new 1", "new 2"]) ann.send({ message });
    await ann.nextTexts(3);
    await page.goto(scene.address);
    await heard(page, "new 2");
    assertEquals(await lines(page), ["seen", LINE, "new 1", "new 2"]);
    await historyIn(page);
    // a page that is loaded again has nothing new
    await page.reload();
    await heard(page, "new 2");
    await historyIn(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", "new 1", "new 2", "after"]);
  },

  "what came while nobody looked is still new after a reload": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new");
    await page.reload();
    await heard(page, "new");
    assertEquals(await lines(page), ["seen", LINE, "new"]);
  },

  "who comes back to more than the page has room for begins at it": async (scene) => {
    const { page, ann } = await enter(scene);
    await hear(page, ann, ...MANY.map((text) => `before ${text}`));
    await page.goto(scene.parley.http("/"));
    for (const message of MANY) ann.send({ message });
    await ann.nextTexts(1 + 2 * MANY.length);
    await page.goto(scene.address);
    await historyIn(page);
    await startsAtLine(page);
    await page.getByRole("button", { name: "To the newest" }).click();
    await atEnd(page);
    // it was seen: who looks away and back without anything new stays where they are
    await lookAway(page);
    await lookBack(page);
    await hear(page, ann, "after");
    await atEnd(page);
  },

  "who looks back after more than the page has room for begins at it": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, ...MANY);
    await atEnd(page);
    await lookBack(page);
    await startsAtLine(page);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
    ann.send({ message: "after" });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    assert(await belowSight(page) > 100);
  },

  "what fits on the page is looked at as a whole": async (scene) => {
    const { page, ann } = await enter(scene);
    await hear(page, ann, ...MANY.map((text) => `before ${text}`));
    await lookAway(page);
    await hear(page, ann, "new 1", "new 2");
    await lookBack(page);
    await hear(page, ann, "after");
    await atEnd(page);
  },

  "what was missed while nobody looked comes after the return: who looks back begins at it": async (
    scene,
  ) => {
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    const ann = await scene.member("Ann");
    await hear(page, ann, "seen");
    await lookAway(page);
    await cuttable.cut();
    for (const message of MANY) ann.send({ message });
    await ann.nextTexts(1 + MANY.length);
    await lookBack(page);
    await cuttable.mend();
    await heard(page, MANY.at(-1)!);
    assertEquals(await lines(page), ["seen", LINE, ...MANY]);
    await startsAtLine(page);
  },

  "nor does the page need to know at the return that its connection is lost": async (scene) => {
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    const ann = await scene.member("Ann");
    await hear(page, ann, "seen");
    await lookAway(page);
    cuttable.deafen();
    for (const message of MANY) ann.send({ message });
    await ann.nextTexts(1 + MANY.length);
    await lookBack(page);
    cuttable.reset();
    await heard(page, MANY.at(-1)!);
    assertEquals(await lines(page), ["seen", LINE, ...MANY]);
    await startsAtLine(page);
    await page.getByRole("button", { name: "To the newest" }).click();
    await atEnd(page);
    // what a cut keeps from who looks is read as it comes
    await cuttable.cut();
    for (const message of ["missed 1", "missed 2"]) ann.send({ message });
    await cuttable.mend();
    await heard(page, "missed 2");
    await historyIn(page);
    await atEnd(page);
    assertEquals((await lines(page)).slice(-3), [MANY.at(-1)!, "missed 1", "missed 2"]);
  },

  "a page that the browser kept for the way back has it, too": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    });
    await page.locator("#chat-state[data-state=closed]").waitFor();
    for (const message of MANY) ann.send({ message });
    await ann.nextTexts(1 + MANY.length);
    await lookBack(page);
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await heard(page, MANY.at(-1)!);
    assertEquals(await lines(page), ["seen", LINE, ...MANY]);
    await startsAtLine(page);
  },

  "what was never scrolled to is new at the next visit": async (scene) => {
    const { page, ann } = await enter(scene);
    const before = MANY.map((text) => `before ${text}`);
    await hear(page, ann, ...before);
    const comeBack = async () => {
      await page.goto(scene.parley.http("/"));
      await page.goto(scene.address);
      await heard(page, MANY.at(-1)!);
      await historyIn(page);
      return await lines(page);
    };
    await lookUp(page);
    await hear(page, ann, ...MANY);
    const withLine = ["seen", ...before, LINE, ...MANY];
    assertEquals(await comeBack(), withLine);
    await startsAtLine(page);
    assertEquals(await comeBack(), withLine);
    await startsAtLine(page);
    // once the end was there, all is read, wherever the reader goes from there
    await page.getByRole("button", { name: "To the newest" }).click();
    await atEnd(page);
    await eventually(async () => {
      await lookUp(page);
      return page.locator("#chat-newest").isVisible();
    }, (up) => up);
    assertEquals(await comeBack(), ["seen", ...before, ...MANY]);
  },

  "who was never there has no line": async (scene) => {
    const { ann } = await enter(scene);
    ann.send({ message: "more" });
    const other = await scene.enter();
    await heard(other, "more");
    assertEquals(await lines(other), ["seen", "more"]);
  },
}, ["--message-rate", "0"]);
