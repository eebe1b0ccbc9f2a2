/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { historyIn, lookAway, lookBack, pageTest } from "../support/scene.ts";

/** Resolves when title and icon count these; 0: neither counts anything. */
async function counts(page: Page, room: string, unread: number, shown = `${unread}`) {
  const title = `Chat Room ${room} · Parley`;
  const expected = unread === 0 ? title : `(${unread}) ${title}`;
  await eventually(() => page.title(), (title) => title === expected);
  const icon = (await page.locator('link[rel="icon"]').getAttribute("href"))!;
  if (unread === 0) return assert(/\/static\/\w+\/favicon\.svg$/.test(icon), icon);
  // as a browser draws it
  const text = await page.evaluate(async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const svg = decodeURIComponent(address.slice(address.indexOf(",") + 1));
    return new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("text")!.textContent;
  }, icon);
  assertEquals(text, shown);
}

pageTest("attention", {
  "what is said while nobody looks is counted in title and icon": async (scene) => {
    const ann = await scene.member("Ann");
    ann.send({ message: "before" });
    await ann.nextMessage();
    const page = await scene.enter();
    await historyIn(page);
    ann.send({ message: "seen" });
    await heard(page, "seen");
    await counts(page, scene.room, 0);
    await lookAway(page);
    await counts(page, scene.room, 0);
    ann.send({ message: "one" });
    await counts(page, scene.room, 1);
    await say(page, "mine");
    ann.send({ message: "two" });
    await heard(page, "mine");
    await counts(page, scene.room, 2);
    await lookBack(page);
    await counts(page, scene.room, 0);
    await lookAway(page);
    ann.send({ message: "three" });
    await counts(page, scene.room, 1);
  },

  "an icon has no room for more than 99": async (scene) => {
    const page = await scene.enter();
    await historyIn(page);
    const ann = await scene.member("Ann");
    await lookAway(page);
    for (let n = 1; n < 100; n++) ann.send({ message: `${n}` });
    await counts(page, scene.room, 99);
    ann.send({ message: "100" });
    await counts(page, scene.room, 100, "99+");
  },

  "a mention of one's own name stands out, and nothing else does": async (scene) => {
    const page = await scene.enter({ name: "Mia" });
    const ann = await scene.member("Ann");
    ann.send({ message: "Miami is warm" });
    ann.send({ message: "what do you think, mia?" });
    await say(page, "Mia is me");
    await heard(page, "what do you think, mia?");
    await heard(page, "Mia is me");
    assertEquals(await page.locator(".mentions").count(), 1);
    assertEquals(await page.locator(".mentions mark").textContent(), "mia");
    const looks = (selector: string) =>
      page.locator(selector).evaluate((text) => {
        const { borderColor, boxShadow } = getComputedStyle(text);
        return `${borderColor} ${boxShadow}`;
      });
    const plain = await looks(".message:not(.own):not(.mentions) .text");
    assertNotEquals(await looks(".mentions .text"), plain);
    const background = await page.locator(".mentions mark").evaluate((mark) =>
      getComputedStyle(mark).backgroundColor
    );
    const behind = await page.locator(".mentions .text").evaluate((text) =>
      getComputedStyle(text).backgroundColor
    );
    assertNotEquals(background, behind);
  },
}, ["--message-rate", "0"]);
