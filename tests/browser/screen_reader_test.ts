/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { connected, historyIn, pageTest, type Scene } from "../support/scene.ts";
import { Wire } from "../support/wire.ts";

/**
 * Has the page note what a live region makes a screen reader say: each text that comes into the log, or is changed in it,
 * where neither the log nor anything around the text is silent at that time.
 */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(globalThis, { told });
    const tell = (node: Node) => {
      const element = node instanceof Element ? node : node.parentElement;
      const region = element?.closest("[aria-live]");
      if (region?.closest("#chat-log") == null) return;
      if (region.getAttribute("aria-live") === "off" || !element!.checkVisibility()) return;
      const text = node.textContent!.trim();
      if (text !== "") told.push(text.replace(/\s+/g, " "));
    };
    new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records) {
        if (type === "childList") addedNodes.forEach(tell);
        else tell(target);
      }
    }).observe(document, { childList: true, characterData: true, subtree: true });
  });
}

/** What has been told, without the times. */
async function told(page: Page): Promise<string[]> {
  const told = await page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  return told.map((text) => text.replace(/^\d{1,2}:\d\d /, ""));
}

async function enter(scene: Scene, wire?: Wire): Promise<Page> {
  const page = await scene.page(await scene.user({ name: "Mia" }));
  await wire?.lay(page);
  await listen(page);
  await page.goto(scene.address);
  await connected(page);
  await historyIn(page);
  return page;
}

pageTest("a screen reader", {
  "is told of a log, which is polite, and of who says what": async (scene) => {
    const page = await enter(scene);
    const log = page.getByRole("log", { name: "Messages" });
    assertEquals(await log.getAttribute("aria-live"), "polite");
    assertEquals(await log.getAttribute("aria-atomic"), null);
    assertEquals(await log.getAttribute("aria-relevant"), null);
    const ann = await scene.member("Ann");
    ann.send({ message: "first" });
    ann.send({ message: "second" });
    await heard(page, "second");
    assertEquals(await told(page), ["Ann: first", "Ann: second"]);
  },

  "is not told the history, and each new message once": async (scene) => {
    const ann = await scene.member("Ann");
    for (let n = 0; n < 30; n++) ann.send({ message: `old ${n}` });
    await ann.nextTexts(30);
    const page = await enter(scene);
    await heard(page, "old 29");
    assertEquals(await told(page), []);
    ann.send({ message: "new" });
    await heard(page, "new");
    await say(page, "mine");
    await page.locator(".own[data-status=sent]").waitFor();
    ann.send({ message: "newer" });
    await heard(page, "newer");
    assertEquals(await told(page), ["Ann: new", "Mia: mine", "Ann: newer"]);
  },

  "is told how much was missed in a cut, and not all of it, nor who comes and goes": async (
    scene,
  ) => {
    const wire = new Wire();
    const page = await enter(scene, wire);
    const ann = await scene.member("Ann");
    await page.locator(".passing", { hasText: "Ann joined" }).waitFor();
    ann.send({ message: "before" });
    await heard(page, "before");
    const before = await told(page);
    assertEquals(before.at(-1), "Ann: before");
    await wire.cut();
    await page.locator("#chat-state[data-state=waiting]").waitFor();
    for (let n = 0; n < 30; n++) ann.send({ message: `missed ${n}` });
    await ann.nextTexts(31);
    wire.state = "open";
    await page.locator("#chat-connect").click();
    await heard(page, "missed 29");
    await historyIn(page);
    assertEquals(await page.locator("#chat-hint[role=status]").textContent(), "30 new");
    ann.send({ message: "after" });
    await heard(page, "after");
    assertEquals((await told(page)).slice(before.length), ["Ann: after"]);
    assertEquals(before.filter((text) => text.includes("joined")), []);
  },
}, ["--message-rate", "0"]);
