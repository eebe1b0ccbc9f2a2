/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { connected, openIndex, pageTest } from "../support/scene.ts";

/** What has the focus, by its id, label or text; and whether that is seen. */
async function focused(page: Page): Promise<string> {
  const [name, seen] = await page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const name = element.id || element.ariaLabel || element.innerText.trim() ||
      (element as HTMLInputElement).value;
    // a radio lies over its text: the outline is that of both
    const drawn = element.matches("[type=radio]") ? element.parentElement! : element;
    const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
    const { width, height } = drawn.getBoundingClientRect();
    const seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width * height > 0;
    return [name, seen] as const;
  });
  assert(seen, `the focus is not seen at "${name}"`);
  return name;
}

/** Presses Tab; whether the focus is still in the page then. */
async function tab(page: Page): Promise<boolean> {
  await page.keyboard.press("Tab");
  return page.evaluate(() => document.activeElement !== document.body);
}

/** All that has the focus on the way of Tab through the whole page. */
async function tour(page: Page): Promise<string[]> {
  while (await tab(page));
  const seen: string[] = [];
  while (await tab(page)) {
    seen.push(await focused(page));
    assert(seen.length < 50, "the focus does not come back");
  }
  return seen;
}

/** Presses Tab until that has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 50; presses++) {
    if (await tab(page) && await focused(page) === name) return;
  }
  throw new Error(`Tab does not lead to "${name}"`);
}

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 700 } };

pageTest("by the keyboard alone", {
  "everything on the index page is reached, in its order": async (scene) => {
    const page = await scene.enter(DESKTOP);
    await openIndex(page, scene.parley);
    const suggestion = "room-suggestion";
    assertEquals(await tour(page), [
      "Settings",
      "room-name-input",
      "room-name-submit",
      suggestion,
      "room-suggestion-another",
      scene.room,
      `Forget ${scene.room}`,
      "forget-all",
    ]);
    await tabTo(page, "room-suggestion-another");
    const before = await page.locator(`#${suggestion}`).textContent();
    await page.keyboard.press("Space");
    assert(await page.locator(`#${suggestion}`).textContent() !== before);
    await tabTo(page, scene.room);
    await page.keyboard.press("Enter");
    await page.waitForURL(scene.address);
    await connected(page);
  },

  "everything on the room's page is reached, in its order": async (scene) => {
    const page = await scene.enter(DESKTOP);
    const ann = await scene.member("Ann");
    ann.send({ message: "see https://example.org/" });
    await heard(page, "example.org");
    assertEquals(await tour(page), [
      "Parley: all rooms",
      "people-toggle",
      "share-open",
      "Settings",
      "chat-log",
      "https://example.org/",
      "chat-message-input",
      "chat-message-submit",
      "name-input",
      "name-submit",
    ]);
  },

  "a message is written and sent, and the log is scrolled": async (scene) => {
    const page = await scene.enter(PHONE);
    const ann = await scene.member("Ann");
    for (let n = 0; n < 30; n++) ann.send({ message: `line ${n}` });
    await heard(page, "line 29");
    await page.keyboard.type("by keys");
    await tabTo(page, "chat-message-submit");
    await page.keyboard.press("Enter");
    await page.locator(".own[data-status=sent]", { hasText: "by keys" }).waitFor();
    await tabTo(page, "chat-log");
    // what was sent just now may still take the log to its end
    const up = async () => {
      await page.keyboard.press("Home");
      return await page.locator("#chat-newest").isVisible();
    };
    await eventually(up, (shown) => shown);
    ann.send({ message: "below" });
    await heard(page, "below");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "chat-newest");
    await page.keyboard.press("Enter");
    await page.locator("#chat-newest").waitFor({ state: "hidden" });
    assertEquals(await focused(page), "chat-log");
    await eventually(
      () => page.locator(".message").last().evaluate((line) => line.getBoundingClientRect().bottom),
      (bottom) => bottom < 700,
    );
  },

  "the people are opened and closed, and the focus comes back": async (scene) => {
    const page = await scene.enter({ ...PHONE, name: "Mia" });
    await tabTo(page, "people-toggle");
    await page.keyboard.press("Enter");
    assertEquals(await focused(page), "people-close");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "name-input");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Mina");
    await page.keyboard.press("Enter");
    await page.locator("#name-note", { hasText: "Mina" }).waitFor();
    await page.keyboard.press("Escape");
    assert(await page.locator("#people").isHidden());
    assertEquals(await focused(page), "people-toggle");
    await page.keyboard.press("Space");
    assertEquals(await focused(page), "people-close");
    await page.keyboard.press("Enter");
    assertEquals(await focused(page), "people-toggle");
  },

  "settings and invitation are opened, used and closed, and the focus comes back": async (
    scene,
  ) => {
    const page = await scene.enter({ ...DESKTOP, colorScheme: "light" });
    await tabTo(page, "Settings");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await focused(page);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assertEquals(await focused(page), "dark");
    await page.locator("html[data-look=dark]").waitFor();
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "English");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "繁體中文");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "chat-sound");
    await page.keyboard.press("Space");
    assert(await page.locator("#chat-sound").isChecked());
    await page.keyboard.press("Escape");
    assert(await page.locator("#settings").isHidden());
    assertEquals(await focused(page), "Settings");
    await page.keyboard.press("Shift+Tab");
    assertEquals(await focused(page), "share-open");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "share-link");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "share-copy");
    await page.keyboard.press("Escape");
    assertEquals(await focused(page), "share-open");
  },
}, ["--message-rate", "0"]);
