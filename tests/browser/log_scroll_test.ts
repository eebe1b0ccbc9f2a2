/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import type { ChatSocket } from "../support/chat_socket.ts";
import { eventually } from "../support/eventually.ts";
import { pageTest, type Scene } from "../support/scene.ts";
import { atEnd, belowSight, lookBackTo, scrollTop, turnBackTo } from "../support/scrolled_log.ts";

const viewport = { width: 600, height: 500 };

/** A page with more messages than it has room for, at their end, and a member who goes on. */
async function enterLongTalk(scene: Scene, lines = 40): Promise<{ page: Page; ann: ChatSocket }> {
  const ann = await scene.member("Ann");
  for (let n = 0; n < lines; n++) ann.send({ message: `line ${n}.` });
  await ann.nextTexts(lines);
  const page = await scene.enter({ viewport });
  await heard(page, `line ${lines - 1}.`);
  await atEnd(page);
  return { page, ann };
}

const newest = (page: Page) => page.locator("#chat-newest");

pageTest("the end of the log", {
  "a reader at the end sees each new message, and no button": async (scene) => {
    const { page, ann } = await enterLongTalk(scene);
    for (const text of ["short.", "long. ".repeat(200)]) {
      ann.send({ message: text });
      await heard(page, text.trim());
      await atEnd(page);
      assertEquals(await newest(page).isHidden(), true);
    }
  },

  "a reader who looks back is left there, and is told how many are new": async (scene) => {
    const { page, ann } = await enterLongTalk(scene);
    await lookBackTo(page, 0.3);
    const place = await scrollTop(page);
    assertEquals(await newest(page).textContent(), "To the newest");
    for (const n of [1, 2, 3]) {
      ann.send({ message: `new ${n}` });
      await heard(page, `new ${n}`);
      assertEquals(await newest(page).textContent(), `${n} new`);
    }
    // who comes and goes is nothing to read
    await using _ = await scene.member("Ben");
    await page.locator(".passing", { hasText: "Ben" }).waitFor({ state: "attached" });
    assertEquals(await newest(page).textContent(), "3 new");
    assertEquals(await scrollTop(page), place);
  },

  "the button leads to the end, and the log follows from there": async (scene) => {
    const { page, ann } = await enterLongTalk(scene);
    await lookBackTo(page, 0.3);
    for (const n of [1, 2, 3]) ann.send({ message: `new ${n}` });
    await heard(page, "new 3");
    await page.getByRole("button", { name: "3 new" }).focus();
    await page.keyboard.press("Enter");
    await atEnd(page);
    assertEquals(await newest(page).isHidden(), true);
    // what had the focus has gone: it is where the reader reads on
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-log");
    ann.send({ message: "after" });
    await heard(page, "after");
    await atEnd(page);
    // right after the jump it counts as what was left of an earlier scroll: whoever means it goes on
    await eventually(async () => {
      await turnBackTo(page, 0.3);
      return await newest(page).isVisible();
    }, (visible) => visible);
    assertEquals(await newest(page).textContent(), "To the newest");
  },

  "who asks for the end while a scroll upwards is still under way gets there": async (scene) => {
    const { page } = await enterLongTalk(scene);
    await lookBackTo(page, 0.3);
    // as the rest of a smooth scroll comes in, behind the jump
    await newest(page).evaluate((button) => {
      (button as HTMLButtonElement).click();
      document.querySelector("#chat-log")!.scrollTop = 0;
    });
    await atEnd(page);
    assertEquals(await newest(page).isHidden(), true);
  },

  "who uses the button with a pointer while writing goes on writing": async (scene) => {
    for (const hasTouch of [false, true]) {
      const ann = await scene.member("Ann");
      for (let n = 0; n < 40; n++) ann.send({ message: `line ${n}.` });
      await ann.nextTexts(40);
      const page = await scene.enter({ viewport, hasTouch });
      await heard(page, "line 39.");
      await atEnd(page);
      await page.keyboard.type("half wr");
      await lookBackTo(page, 0.3);
      await newest(page)[hasTouch ? "tap" : "click"]();
      await newest(page).waitFor({ state: "hidden" });
      await page.keyboard.type("itten");
      assertEquals(await page.locator("#chat-message-input").inputValue(), "half written");
      await atEnd(page);
      scene.room += "-";
    }
  },

  "whoever scrolls to the end has seen what was new": async (scene) => {
    const { page, ann } = await enterLongTalk(scene);
    await lookBackTo(page, 0.3);
    ann.send({ message: "new" });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    await page.locator("#chat-log").focus();
    await page.keyboard.press("End");
    await newest(page).waitFor({ state: "hidden" });
    ann.send({ message: "after" });
    await heard(page, "after");
    await atEnd(page);
  },

  "one's own message is looked at, wherever one was": async (scene) => {
    const { page } = await enterLongTalk(scene);
    await lookBackTo(page, 0.1);
    await page.locator("#chat-message-input").focus();
    await say(page, "mine");
    await heard(page, "mine");
    await atEnd(page);
    await newest(page).waitFor({ state: "hidden" });
  },

  "the end stays in sight when the message box grows and the window shrinks": async (scene) => {
    const { page } = await enterLongTalk(scene);
    const before = await page.locator("#chat-log").evaluate((log) => log.clientHeight);
    await page.locator("#chat-message-input").fill("1\n2\n3\n4\n5");
    const after = await page.locator("#chat-log").evaluate((log) => log.clientHeight);
    assert(after < before - 50, `${before}, then ${after}`);
    await atEnd(page);
    await page.setViewportSize({ width: 320, height: 400 });
    await eventually(
      () => page.locator("#chat-log").evaluate((log) => log.clientWidth),
      (width) => width <= 320,
    );
    await atEnd(page);
    assertEquals(await newest(page).isHidden(), true);
  },

  "a reader who comes late starts at the end": async (scene) => {
    await enterLongTalk(scene, 300);
    const page = await scene.enter({ viewport });
    await heard(page, "line 299.");
    await atEnd(page);
    assertEquals(await newest(page).isHidden(), true);
    await lookBackTo(page, 0);
    assert(await belowSight(page) > 3000);
    assert(await page.getByText("line 0.", { exact: true }).isVisible());
  },
}, ["--message-rate", "0"]);
