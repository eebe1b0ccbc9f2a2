/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { connected, historyIn, lookAway, lookBack, lookUp, pageTest } from "../support/scene.ts";

/** What stays English on a Chinese page: the tutorial's titles, and names. */
const ENGLISH = /\b(Chat Rooms?|Parley|English|JavaScript|QR Code)\b/g;

/** All that the page says in Latin letters: texts, and what attributes say. */
async function latin(page: Page): Promise<string[]> {
  const said = await page.evaluate(() => {
    const said = [document.title];
    const SAYING = ["aria-label", "title", "placeholder", "alt", "data-note"];
    for (const element of Array.from(document.querySelectorAll("body, body *"))) {
      for (const name of SAYING) said.push(element.getAttribute(name) ?? "");
      for (const node of Array.from(element.childNodes)) {
        // with scripts, the content of noscript is one text
        if (node.nodeType === Node.TEXT_NODE) said.push(node.textContent!.replace(/<[^>]*>/g, ""));
      }
    }
    return said.map((text) => text.trim());
  });
  return said.map((text) => text.replace(ENGLISH, "")).filter((text) =>
    /\p{Script=Latin}/u.test(text)
  );
}

function language(page: Page): Promise<string | null> {
  return page.locator("html").getAttribute("lang");
}

async function switchTo(page: Page, tag: string): Promise<void> {
  await page.locator("[popovertarget=settings]").click();
  await page.locator(`#settings a[lang="${tag}"]`).click();
  await page.locator(`html[lang="${tag}"]`).waitFor();
}

pageTest("languages", {
  "are chosen by what the browser asks for": async (scene) => {
    const enter = { "en-GB": "Enter", "zh-TW": "進入", "zh-HK": "進入", "de-DE": "Enter" };
    for (const [locale, label] of Object.entries(enter)) {
      const page = await scene.page(await scene.user({ locale }));
      await page.goto(scene.parley.http());
      assertEquals(await page.locator("#room-name-submit").textContent(), label);
      assertEquals(await language(page), label === "Enter" ? "en" : "zh-Hant");
    }
    const page = await scene.enter({ locale: "zh-TW" });
    assertEquals(await language(page), "zh-Hant");
    assertEquals(await page.locator("#chat-state").textContent(), "已連線");
  },

  "are switched without losing the draft, the name or the room": async (scene) => {
    const page = await scene.enter({ name: "Mia" });
    const draft = "half\nwritten 草稿";
    await page.locator("#chat-message-input").fill(draft);
    await switchTo(page, "zh-Hant");
    await connected(page);
    assertEquals(page.url(), scene.address);
    assertEquals(await page.locator("#chat-message-input").inputValue(), draft);
    assertEquals(await page.locator("#name-input").inputValue(), "Mia");
    assertEquals(await page.locator("#chat-message-submit").textContent(), "傳送");
    await page.goto(scene.parley.http());
    assertEquals(await language(page), "zh-Hant");
    await switchTo(page, "en");
    assertEquals(page.url(), scene.parley.http());
    await page.goto(scene.address);
    await connected(page);
    assertEquals(await language(page), "en");
    assertEquals(await page.locator("#chat-message-input").inputValue(), draft);
  },

  "leave no English on a Chinese index page": async (scene) => {
    scene.room = "聊天";
    const page = await scene.enter({ locale: "zh-TW", name: "米亞" });
    await page.goto(scene.parley.http());
    await page.locator("#visited-rooms li").waitFor();
    await page.locator("#room-name-submit").click();
    await page.locator("#room-name-error", { hasText: /\S/ }).waitFor();
    const suggestion = (await page.locator("#room-suggestion").textContent())!;
    assertEquals((await latin(page)).filter((text) => text !== suggestion), []);
    assertMatch(await page.title(), /^Chat Rooms/);
    for (
      const [name, reason] of [["..", /不能叫/], ["x".repeat(101), /最多 100 個字元/]] as const
    ) {
      await page.locator("#room-name-input").fill(name);
      await page.locator("#room-name-error", { hasText: reason }).waitFor();
    }
  },

  "leave no English on a Chinese room page": async (scene) => {
    scene.room = "聊天";
    const page = await scene.enter({
      locale: "zh-TW",
      name: "米亞",
      viewport: { width: 1280, height: 500 },
    });
    await historyIn(page);
    const wei = await scene.member("小偉");
    await page.locator(".passing", { hasText: "「小偉」進來了" }).waitFor();
    for (let n = 0; n < 15; n++) wei.send({ message: `訊息 ${n}` });
    await heard(page, "訊息 14");
    await page.locator("#name-input").fill("小偉");
    await page.keyboard.press("Enter");
    await page.locator("#name-note.wrong").waitFor();
    await page.locator("#chat-message-input").focus();
    await say(page, "你好，米亞");
    await page.locator(".own[data-status=sent]").waitFor();
    await lookUp(page);
    await lookAway(page);
    wei.send({ message: "`碼` 米亞 https://聊天.example" });
    await page.locator("#chat-newest.counts", { hasText: "1 則新訊息" }).waitFor();
    await page.locator(".unread").waitFor({ state: "attached" });
    await lookBack(page);
    wei.send({ type: "typing" });
    await page.locator("#chat-typing", { hasText: "正在輸入" }).waitFor();
    await page.locator("#chat-message-input").fill("字".repeat(5400));
    await page.locator("#chat-counter", { hasText: "還可輸入" }).waitFor();
    await page.locator("#share-open").click();
    const others = (await latin(page)).filter((text) => text !== "https://聊天.example");
    assertEquals(others, []);
    assertMatch(await page.title(), /^Chat Room 聊天/);
  },
});
