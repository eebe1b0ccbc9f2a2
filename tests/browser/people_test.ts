/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { historyIn, pageTest } from "../support/scene.ts";

/** Resolves when the list of people is this; oneself comes first. */
async function listed(page: Page, ...names: string[]): Promise<void> {
  await eventually(
    () => page.locator("#people-list li bdi").allTextContents(),
    (shown) => shown.join() === names.join(),
  );
  const count = await page.locator("#chat-count").textContent();
  assertEquals(count, `${names.length} here`);
}

/** Resolves when the element has the text. */
async function says(page: Page, selector: string, text: string): Promise<void> {
  await eventually(() => page.locator(selector).textContent(), (shown) => shown?.trim() === text);
}

const DESKTOP = { viewport: { width: 1280, height: 800 } };

pageTest("people", {
  "are listed, oneself first, with their count": async (scene) => {
    await scene.member("Ann");
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    await listed(page, "Mia", "Ann");
    await scene.member("Ben");
    await listed(page, "Mia", "Ann", "Ben");
    assertEquals(await page.locator("#people-list li").first().textContent(), "Mia you");
    const cleo = await scene.enter({ ...DESKTOP, name: "Cleo" });
    await listed(cleo, "Cleo", "Ann", "Ben", "Mia");
    await listed(page, "Mia", "Ann", "Ben", "Cleo");
  },

  "are in the order of the numbers in their names": async (scene) => {
    for (const n of [10, 2, 1, 11]) await scene.member(`Ann ${n}`);
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    await listed(page, "Mia", "Ann 1", "Ann 2", "Ann 10", "Ann 11");
  },

  "on a phone their button is a picture and a number, as large as the others": async (scene) => {
    for (const [locale, count] of [["en-GB", "1 here"], ["zh-TW", "1 人在線上"]] as const) {
      const page = await scene.enter({ locale, viewport: { width: 390, height: 844 } });
      const toggle = page.locator("#people-toggle");
      const shown = page.locator("#chat-count");
      assertEquals([await shown.innerText(), await shown.textContent()], ["1", count]);
      assert(await toggle.locator("svg").isVisible());
      const [own, other] = [
        (await toggle.boundingBox())!,
        (await page.locator("#share-open").boundingBox())!,
      ];
      assert(own.width >= other.width && own.height === other.height, JSON.stringify([own, other]));
      await page.setViewportSize({ width: 820, height: 1180 });
      assertEquals(await shown.innerText(), count);
      // the next one is alone in a room, too
      scene.room += "-";
    }
  },

  "beside the talk where there is room, else over it": async (scene) => {
    const page = await scene.enter({ viewport: { width: 390, height: 844 } });
    const [panel, toggle] = [page.locator("#people"), page.locator("#people-toggle")];
    await panel.waitFor({ state: "hidden" });
    await toggle.click();
    await panel.waitFor();
    assertEquals(await toggle.getAttribute("aria-expanded"), "true");
    await page.locator("#chat-log").click({ position: { x: 10, y: 50 } });
    await panel.waitFor({ state: "hidden" });
    assertEquals(await toggle.getAttribute("aria-expanded"), "false");
    for (const [width, height] of [[820, 1180], [1280, 800]] as const) {
      await page.setViewportSize({ width, height });
      await panel.waitFor();
      const talk = (await page.locator("main").boundingBox())!;
      const beside = (await panel.boundingBox())!;
      assert(talk.x + talk.width <= beside.x, `the list lies over the talk at ${width}`);
    }
    await toggle.click();
    await panel.waitFor({ state: "hidden" });
  },

  "over the talk they go away by Escape, and when the focus goes to what they cover": async (
    scene,
  ) => {
    const page = await scene.enter({ viewport: { width: 390, height: 844 } });
    const [panel, toggle] = [page.locator("#people"), page.locator("#people-toggle")];
    const focused = () => page.evaluate(() => document.activeElement!.id);
    await toggle.click();
    assertEquals(await focused(), "people-close");
    await page.keyboard.press("Shift+Tab");
    await panel.waitFor({ state: "hidden" });
    assertEquals(await focused(), "chat-message-submit");
    await toggle.click();
    await toggle.focus();
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    assertEquals([await focused(), await toggle.getAttribute("aria-expanded")], [
      "people-toggle",
      "false",
    ]);
    // beside the talk they are in nobody's way
    await page.setViewportSize({ width: 1280, height: 800 });
    await panel.waitFor();
    await page.locator("#chat-message-input").focus();
    await page.keyboard.press("Escape");
    assert(await panel.isVisible());
  },

  "who join and leave are folded into one quiet line": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    await historyIn(page);
    const ann = await scene.member("Ann");
    await says(page, ".passing", "Ann joined");
    await scene.member("Ben");
    await says(page, ".passing", "Ann and 1 other joined");
    ann.send({ type: "name", name: "Anna" });
    await says(page, ".passing", "Anna and 1 other joined");
    const line = page.locator(".passing");
    assertEquals([await line.count(), await line.getAttribute("aria-live")], [1, "off"]);
    ann.send({ message: "hello" });
    await heard(page, "hello");
    const cleo = await scene.member("Cleo");
    await scene.member("Dan");
    await says(page, ".passing >> nth=1", "Cleo and 1 other joined");
    await Promise.all([ann, cleo].map((member) => member.close()));
    await listed(page, "Mia", "Ben", "Dan");
    await says(page, ".passing >> nth=1", "Dan joined · Anna left");
    assertEquals(await line.count(), 2);
  },

  "the day stands in front of who came on it, too": async (scene) => {
    const page = await scene.enter();
    await historyIn(page);
    const ann = await scene.member("Ann");
    await says(page, ".passing", "Ann joined");
    ann.send({ message: "hello" });
    await heard(page, "hello");
    const lines = page.locator("#chat-log :is(.day, .passing, .message)");
    const kinds = await lines.evaluateAll((lines) => lines.map(({ classList }) => classList[0]));
    assertEquals(kinds, ["day", "passing", "message"]);
  },

  "who are typing are named": async (scene) => {
    const page = await scene.enter({ name: "Mia" });
    const [ann, ben, cleo] = [
      await scene.member("Ann"),
      await scene.member("Ben"),
      await scene.member("Cleo"),
    ];
    // who stops typing is believed for a while: here no time passes
    await page.clock.install();
    await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1_000);
    assertEquals(await page.locator("#chat-typing").textContent(), "");
    ann.send({ type: "typing" });
    await says(page, "#chat-typing", "Ann is typing…");
    ben.send({ type: "typing" });
    await says(page, "#chat-typing", "Ann and Ben are typing…");
    cleo.send({ type: "typing" });
    await says(page, "#chat-typing", "Several people are typing…");
    ann.send({ message: "done" });
    await says(page, "#chat-typing", "Ben and Cleo are typing…");
    await page.keyboard.type("h");
    const id = await page.evaluate(
      (room) => JSON.parse(sessionStorage.getItem(`parley:you:${room}`)!).id,
      scene.room,
    );
    let typing;
    do typing = await ben.nextOf("typing"); while (typing.id !== id);
    assertEquals(await page.locator("#chat-typing").textContent(), "Ben and Cleo are typing…");
  },

  "who are too many to list are counted": async (scene) => {
    await Promise.all(Array.from({ length: 200 }, (_, n) => scene.member(`Guest ${n}`)));
    const page = await scene.enter(DESKTOP);
    await says(page, "#chat-count", "201 here");
    // the list is drawn with the next frame
    await page.locator("#people-many").waitFor();
    assertEquals(await page.locator("#people-list li").count(), 0);
  },
}, ["--max-connections-per-ip", "0"]);
