/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { connected, pageTest } from "../support/scene.ts";

/** The most bytes of a message, and the pace of the server. */
const BYTES = 200;
const [RATE, BURST] = [2, 4];
const FLAGS = `--message-bytes ${BYTES} --message-rate ${RATE} --message-burst ${BURST}`.split(" ");

const box = (page: Page) => page.locator("#chat-message-input");
const counter = (page: Page) => page.locator("#chat-counter");

function height(page: Page): Promise<number> {
  return box(page).evaluate((element) => element.getBoundingClientRect().height);
}

pageTest("the message box", {
  "Enter sends, Shift+Enter breaks the line": async (scene) => {
    const ben = await scene.member("Ben");
    const page = await scene.enter();
    await page.keyboard.type("one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("two");
    assertEquals(await box(page).inputValue(), "one\ntwo");
    await page.keyboard.press("Enter");
    assertEquals(await ben.nextTexts(1), ["one\ntwo"]);
    assertEquals(await box(page).inputValue(), "");
    await page.keyboard.type("three");
    await page.locator("#chat-message-submit").click();
    assertEquals(await ben.nextTexts(1), ["three"]);
    // whoever used the button goes on writing
    await page.keyboard.type("four");
    assertEquals(await box(page).inputValue(), "four");
  },

  "what is empty is not sent": async (scene) => {
    const ben = await scene.member("Ben");
    const page = await scene.enter();
    await page.keyboard.press("Enter");
    await page.keyboard.type("   ");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.press("Enter");
    // nor does it stand in front of what comes next
    assertEquals(await box(page).inputValue(), "");
    await say(page, "something");
    assertEquals(await ben.nextTexts(1), ["something"]);
    assertEquals(await page.locator(".message").count(), 1);
  },

  "the box grows with its lines up to a part of the page, and shrinks when they are sent": async (
    scene,
  ) => {
    const page = await scene.enter({ viewport: { width: 800, height: 600 } });
    const one = await height(page);
    await box(page).fill("1\n2");
    const two = await height(page);
    await box(page).fill("1\n2\n3");
    const three = await height(page);
    assert(two > one + 10, `${one}, then ${two}`);
    assert(Math.abs(three - two - (two - one)) < 1, `${one}, ${two}, then ${three}`);
    await box(page).fill(Array(60).fill("x").join("\n"));
    const most = await height(page);
    assert(most > three && most <= 600 * 0.4, `${most}`);
    assert(await page.locator("#chat-log").evaluate((log) => log.clientHeight > 100));
    await page.keyboard.press("Enter");
    await heard(page, "x\nx");
    assertEquals(await height(page), one);
    // a line that is too long breaks instead
    await box(page).fill("w".repeat(190));
    assert(await height(page) > two - 1);
    assert(await box(page).evaluate((element) => element.scrollWidth <= element.clientWidth));
  },

  "near the limit it is said how much is left, and what is too long is not sent": async (scene) => {
    const ben = await scene.member("Ben");
    const page = await scene.enter();
    const submit = page.locator("#chat-message-submit");
    const ground = () => submit.evaluate((button) => getComputedStyle(button).backgroundColor);
    await page.emulateMedia({ reducedMotion: "reduce" });
    const usual = await ground();
    await box(page).fill("x".repeat(BYTES * 0.8));
    assertEquals(await counter(page).textContent(), "");
    await page.keyboard.type("x");
    assertEquals(await counter(page).textContent(), "39 characters left");
    await page.keyboard.type("x".repeat(39));
    assertEquals(await counter(page).textContent(), "0 characters left");
    assertEquals(await box(page).getAttribute("aria-invalid"), "false");
    assertEquals([await submit.isEnabled(), await ground()], [true, usual]);
    await page.keyboard.type("x");
    assertEquals(
      await counter(page).textContent(),
      "1 character too long",
    );
    assertEquals(await box(page).getAttribute("aria-invalid"), "true");
    assert(await submit.isDisabled());
    assertNotEquals(await ground(), usual);
    await page.keyboard.press("Enter");
    assertEquals((await box(page).inputValue()).length, BYTES + 1);
    assertEquals(await page.locator(".message").count(), 0);
    await page.keyboard.press("Backspace");
    assertEquals([await submit.isEnabled(), await ground()], [true, usual]);
    await page.keyboard.press("Enter");
    assertEquals(await ben.nextTexts(1), ["x".repeat(BYTES)]);
    assertEquals([await counter(page).textContent(), await box(page).inputValue()], ["", ""]);
    assertEquals(await box(page).getAttribute("aria-invalid"), "false");
  },

  "that a message is too long is told to who wants to send it, for screen readers too": async (
    scene,
  ) => {
    const page = await scene.enter();
    await page.keyboard.insertText("x".repeat(BYTES + 5));
    const hint = page.locator("#chat-hint[role=status]");
    assertEquals(await hint.textContent(), "");
    await page.keyboard.press("Enter");
    assertEquals(await hint.textContent(), "Not sent: It is too long.");
    assertEquals(await counter(page).textContent(), "5 characters too long");
    assertEquals(await box(page).inputValue(), "x".repeat(BYTES + 5));
  },

  "what the limit counts is bytes, what is said are characters": async (scene) => {
    const page = await scene.enter();
    const said = [
      // 3 and 4 bytes each
      ["字".repeat(60), "6 characters left"],
      ["字".repeat(66), "0 characters left"],
      ["字".repeat(67), "1 character too long"],
      ["🦜".repeat(45), "5 characters left"],
      ["🦜".repeat(50), "0 characters left"],
      ["🦜".repeat(53), "3 characters too long"],
      // what is written last is what does not fit
      ["x".repeat(190) + "🦜🦜🦜", "1 character too long"],
      ["x".repeat(2000), "1,800 characters too long"],
    ] as const;
    for (const [text, note] of said) {
      await box(page).fill(text);
      assertEquals(await counter(page).textContent(), note, text);
    }
  },

  "who writes faster than the rate is told so, and all of it is said in order": async (scene) => {
    const ben = await scene.member("Ben");
    const page = await scene.page(await scene.user());
    await page.clock.install();
    await page.goto(scene.address);
    await connected(page);
    await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1_000);
    const hint = page.locator("#chat-hint");
    const texts = Array.from({ length: BURST + 2 }, (_, n) => `message ${n}`);
    for (const text of texts.slice(0, BURST)) await say(page, text);
    assertEquals(await hint.textContent(), "");
    for (const text of texts.slice(BURST)) await say(page, text);
    assertEquals(
      await hint.textContent(),
      "2 messages a second at most; the rest follows.",
    );
    assertEquals(await hint.getAttribute("role"), "status");
    await page.clock.resume();
    assertEquals(await ben.nextTexts(texts.length), texts);
    await eventually(
      () => page.locator(".message.own[data-status=sent]").count(),
      (count) => count === texts.length,
    );
    assertEquals(await page.locator(".failure").count(), 0);
    // and it goes away again
    await page.clock.fastForward(3_000);
    assertEquals(await hint.textContent(), "");
  },
  "on a phone what is said above the box is read as a whole, and takes no more room": async (
    scene,
  ) => {
    for (const locale of ["en-GB", "zh-TW"]) {
      const ann = await scene.member("Ann");
      const page = await scene.page(await scene.user({ locale }));
      await page.clock.install();
      await page.goto(scene.address);
      await connected(page);
      await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1_000);
      const lines = page.locator(".whispers");
      const { height } = (await lines.boundingBox())!;
      for (let n = 0; n < BURST + 2; n++) await say(page, `message ${n}`);
      await box(page).fill("x".repeat(BYTES + 2_000));
      ann.send({ type: "typing" });
      await page.locator("#chat-typing:not(:empty)").waitFor({ state: "attached" });
      for (const selector of ["#chat-hint", "#chat-counter"]) {
        assertNotEquals(await page.locator(selector).textContent(), "");
      }
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        assertEquals((await lines.boundingBox())!.height, height);
        const cut = await page.evaluate(() => {
          const outer = document.querySelector(".whispers")!.getBoundingClientRect();
          return ["#chat-hint", "#chat-counter"].filter((selector) => {
            const line = document.querySelector(selector)!;
            const { top, right, bottom } = line.getBoundingClientRect();
            return line.scrollWidth > line.clientWidth || right > outer.right + 1 ||
              top < outer.top - 1 || bottom > outer.bottom + 1;
          });
        });
        assertEquals(cut, [], `${locale}, ${width}`);
        const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
        assert(scrollWidth <= width, `${scrollWidth} at ${width}`);
      }
      scene.room += "-";
    }
  },
}, FLAGS);
