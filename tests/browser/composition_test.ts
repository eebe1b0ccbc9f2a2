/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { CDPSession, Page } from "playwright-core";
import { say } from "../support/chat_page.ts";
import { pageTest, type Scene } from "../support/scene.ts";

const box = (page: Page) => page.locator("#chat-message-input");

/** The page's way to the browser's input methods. */
async function inputMethod(page: Page): Promise<CDPSession> {
  return await page.context().newCDPSession(page);
}

/** Composes; the text stands in the box, underlined, and is not decided yet. */
async function compose(cdp: CDPSession, text: string): Promise<void> {
  const { length } = text;
  await cdp.send("Input.imeSetComposition", { text, selectionStart: length, selectionEnd: length });
}

/** Enter, as a browser tells it of a key that the input method has taken. */
async function pressTakenEnter(cdp: CDPSession): Promise<void> {
  const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 };
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
}

/** Has the page note the Enter keys that it hears: whether in a composition, by which code, and whether it sends. */
async function noteEnter(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const noted: string[] = [];
    Object.assign(globalThis, { noted });
    addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const { isComposing, keyCode, defaultPrevented } = event;
      noted.push(`${isComposing ? "composing" : "typing"} ${keyCode} ${defaultPrevented}`);
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { noted: string[] }).noted);
}

/** Says a last message, and checks that these alone were said. */
async function assertSaid(scene: Scene, page: Page, texts: string[]): Promise<void> {
  await say(page, "the end");
  await page.locator(".message[data-status=sent]", { hasText: "the end" }).waitFor();
  assertEquals(await page.locator(".message .text").allTextContents(), [...texts, "the end"]);
  await using late = await scene.member("Late");
  assertEquals(await late.nextTexts(texts.length + 1), [...texts, "the end"]);
}

pageTest("composition", {
  "Enter in a composition takes the characters, the next one sends them": async (scene) => {
    const page = await scene.enter();
    const cdp = await inputMethod(page);
    const noted = await noteEnter(page);
    await compose(cdp, "ni");
    await compose(cdp, "你");
    await pressTakenEnter(cdp);
    assertEquals(await box(page).inputValue(), "你");
    await cdp.send("Input.insertText", { text: "你好" });
    assertEquals(await noted(), ["composing 229 false"]);
    assertEquals(await box(page).inputValue(), "你好");
    assertEquals(await page.locator(".message").count(), 0);
    await page.keyboard.press("Enter");
    assertEquals(await noted(), ["composing 229 false", "typing 13 true"]);
    await assertSaid(scene, page, ["你好"]);
  },

  "an Enter that is told as such in a composition does not send either": async (scene) => {
    const page = await scene.enter();
    const cdp = await inputMethod(page);
    const noted = await noteEnter(page);
    await compose(cdp, "かんじ");
    // Firefox on some systems: the key has its own code, and only isComposing says the rest
    await box(page).evaluate((element) => {
      const key = { key: "Enter", keyCode: 13, isComposing: true, bubbles: true, cancelable: true };
      element.dispatchEvent(new KeyboardEvent("keydown", key));
    });
    assertEquals(await noted(), ["composing 13 false"]);
    assertEquals(await box(page).inputValue(), "かんじ");
    await cdp.send("Input.insertText", { text: "漢字" });
    await page.keyboard.press("Enter");
    await assertSaid(scene, page, ["漢字"]);
  },

  "Safari's order: the composition has ended before its Enter is told": async (scene) => {
    const page = await scene.enter();
    const cdp = await inputMethod(page);
    const noted = await noteEnter(page);
    await compose(cdp, "にほん");
    await cdp.send("Input.insertText", { text: "日本" });
    await box(page).evaluate((element) => {
      const key = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
      element.dispatchEvent(new KeyboardEvent("keydown", key));
    });
    assertEquals(await noted(), ["typing 229 false"]);
    assertEquals(await box(page).inputValue(), "日本");
    assertEquals(await page.locator(".message").count(), 0);
    await page.keyboard.press("Enter");
    await assertSaid(scene, page, ["日本"]);
  },

  "a composition that is given up sends nothing": async (scene) => {
    const page = await scene.enter();
    const cdp = await inputMethod(page);
    await compose(cdp, "ni");
    await compose(cdp, "");
    await page.keyboard.press("Enter");
    assertEquals(await box(page).inputValue(), "");
    await assertSaid(scene, page, []);
  },
});
