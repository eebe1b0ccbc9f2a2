/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { connected, historyIn, pageTest, type Scene } from "../support/scene.ts";

/** A desktop's 1280x1024, a tablet's 820x1180 and a phone's 390x844 at 200 %, and WCAG's 320 px. */
const AT_200_PERCENT = [[640, 512], [410, 590], [320, 422]] as const;

const LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze".repeat(4);

const PHONES = [
  ["en-GB", { width: 360, height: 640 }],
  ["en-GB", { width: 390, height: 844 }],
  ["zh-TW", { width: 360, height: 640 }],
] as const;

/** What opens something, and that. */
const OPENED = [
  ["#share-open", "#share"],
  ["[popovertarget=settings]", "#settings"],
  ["#people-toggle", "#people"],
] as const;

/** By how much what is in a box sticks out at its side. */
function beside(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((box) => {
    const { left, right } = box.getBoundingClientRect();
    const parts = Array.from(box.querySelectorAll("*"), (part) => part.getBoundingClientRect());
    const seen = parts.filter(({ width }) => width > 0);
    return Math.max(0, ...seen.map((part) => Math.max(part.right - right, left - part.left)));
  });
}

/** Nothing lies beside the page: it has no need to be scrolled sideways. */
async function assertFits(page: Page, what: string): Promise<void> {
  const beside = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const out = Array.from(document.querySelectorAll("body *")).filter((element) => {
      if (!element.checkVisibility({ visibilityProperty: true })) return false;
      if (element.closest(".visually-hidden, .follows .head, .stretch .name")) return false;
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (left < -1 || right > clientWidth + 1);
    });
    return [scrollWidth - clientWidth, ...out.map(({ outerHTML }) => outerHTML.slice(0, 80))];
  });
  assertEquals(beside, [0], what);
}

/** The element lies wholly in what is seen of the page. */
async function assertInView(page: Page, selector: string): Promise<void> {
  const { top, bottom, height } = await page.locator(selector).evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { top, bottom, height: document.body.clientHeight };
  });
  const seen = page.viewportSize()!.height;
  assert(
    top >= 0 && bottom <= Math.min(seen, height) + 1,
    `${selector}: ${top} to ${bottom} of ${seen}`,
  );
}

/** The room's page with a talk in it that has all that may be wide. */
async function talk(scene: Scene, viewport: { width: number; height: number }): Promise<Page> {
  const ann = await scene.member(LONG.slice(0, 32));
  const page = await scene.enter({ viewport, name: "M".repeat(32) });
  await historyIn(page);
  for (let n = 0; n < 20; n++) ann.send({ message: `line ${n}` });
  ann.send({ message: LONG });
  ann.send({ message: `https://example.org/${LONG}` });
  ann.send({ message: "```\n" + LONG + "\n```" });
  await heard(page, "```\n" + LONG);
  await say(page, LONG);
  await page.locator(".own[data-status=sent]").waitFor();
  return page;
}

pageTest("sizes", {
  "at 200 % zoom nothing lies beside the page": async (scene) => {
    const page = await talk(scene, { width: 1280, height: 1024 });
    await assertFits(page, "100 %");
    for (const [width, height] of AT_200_PERCENT) {
      await page.setViewportSize({ width, height });
      await assertFits(page, `${width}x${height}`);
      for (const selector of ["#chat-message-input", "#chat-message-submit", "#people-toggle"]) {
        await assertInView(page, selector);
      }
      for (const opener of ["#share-open", "[popovertarget=settings]", "#people-toggle"]) {
        await page.locator(opener).click();
        await assertFits(page, `${width}x${height} with ${opener}`);
        await page.locator(opener).click();
      }
    }
    await page.goto(scene.parley.http());
    await page.locator("#visited-rooms li").waitFor();
    for (const [width, height] of AT_200_PERCENT) {
      await page.setViewportSize({ width, height });
      await assertFits(page, `index ${width}x${height}`);
    }
  },

  "text of twice the size, too, fits": async (scene) => {
    const page = await talk(scene, { width: 1280, height: 1024 });
    await page.evaluate(() => document.documentElement.style.fontSize = "200%");
    await assertFits(page, "room");
    await assertInView(page, "#chat-message-submit");
    await page.goto(scene.parley.http());
    await page.evaluate(() => document.documentElement.style.fontSize = "200%");
    await assertFits(page, "index");
  },

  "text of twice the size leaves room on a phone for what is read, written and chosen": async (
    scene,
  ) => {
    const width = (page: Page, selector: string) =>
      page.locator(selector).evaluate((element) => element.getBoundingClientRect().width);
    for (const [locale, viewport] of PHONES) {
      scene.room = `room-of-${locale}`;
      const page = await scene.page(await scene.user({ locale, viewport }));
      const session = await page.context().newCDPSession(page);
      await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
      await page.goto(scene.address);
      await connected(page);
      const what = `${locale}, ${viewport.width}`;
      const room = await width(page, ".room-name bdi");
      const [state, box] = [
        await width(page, "#chat-state"),
        await width(page, "#chat-message-input"),
      ];
      assert(Math.min(room, state) > 120 && box > 250, `${what}: ${[room, state, box]}`);
      await assertFits(page, what);
      for (const [opener, opened] of OPENED) {
        await page.locator(opener).click();
        await assertFits(page, `${what} with ${opened}`);
        assertEquals(await beside(page, opened), 0, `${what} beside ${opened}`);
        await page.keyboard.press("Escape");
      }
      await page.goto(scene.parley.http());
      await page.locator("#visited-rooms li").waitFor();
      await assertFits(page, `index, ${what}`);
      assertEquals(await beside(page, ".card"), 0, `index, ${what}`);
      await page.locator("[popovertarget=settings]").click();
      assertEquals(await beside(page, "#settings"), 0, `settings, ${what}`);
    }
  },

  "a room's name that is too long begins in sight, from left to right and from right to left":
    async (
      scene,
    ) => {
      for (const word of ["room ", "חדר צאט "]) {
        scene.room = word.repeat(12).trim();
        const page = await scene.enter({ viewport: { width: 390, height: 844 } });
        const begins = (selector: string) =>
          page.locator(selector).evaluate((name) => {
            const first = new Range();
            first.setStart(name.firstChild!, 0);
            first.setEnd(name.firstChild!, 1);
            const box = (name.closest("a, h1") ?? name).getBoundingClientRect();
            const { left, right, width } = first.getBoundingClientRect();
            return width > 0 && left >= box.left && right <= box.right;
          });
        assert(await begins(".room-name bdi"), word);
        await page.goto(scene.parley.http());
        await page.locator("#visited-rooms li").waitFor();
        assert(await begins("#visited-rooms bdi"), word);
      }
    },

  "a phone's keyboard leaves the message box and the last message in view": async (scene) => {
    const page = await talk(scene, { width: 390, height: 844 });
    await page.locator("#chat-message-input").focus();
    await page.setViewportSize({ width: 390, height: 844 - 440 });
    const last = `.message >> nth=-1`;
    await eventually(
      () =>
        page.locator("#chat-log").evaluate((log) =>
          log.scrollHeight - log.scrollTop - log.clientHeight
        ),
      (below) => below < 2,
    );
    for (
      const selector of ["#chat-message-input", "#chat-message-submit", `${last} >> .text`, ".bar"]
    ) {
      await assertInView(page, selector);
    }
    assertEquals(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight), 0);
  },

  "a keyboard that lies over the page leaves them in view, too": async (scene) => {
    const page = await talk(scene, { width: 390, height: 844 });
    const cover = (height: number) =>
      page.evaluate((height) => {
        const viewport = visualViewport!;
        Object.defineProperty(viewport, "height", { configurable: true, value: height });
        viewport.dispatchEvent(new Event("resize"));
      }, height);
    const bottom = () =>
      page.locator("#chat-message-form").evaluate((form) => form.getBoundingClientRect().bottom);
    await cover(404);
    assertEquals(await bottom(), 404);
    await cover(844);
    assertEquals(await bottom(), 844);
  },
}, ["--message-rate", "0"]);
