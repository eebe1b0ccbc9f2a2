/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { pageTest } from "../support/scene.ts";

const WITHOUT = { javaScriptEnabled: false };

/** What can be clicked or written in, by its id or text. */
function operable(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>("a, button, input, textarea, [tabindex]"))
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => element.id || element.ariaLabel || element.innerText)
  );
}

pageTest("without scripts", {
  "the room's page says plainly that it needs them, in the reader's language": async (scene) => {
    const said = { "en-GB": /needs scripts.*switch JavaScript on/, "zh-TW": /需要 JavaScript/ };
    for (const [locale, text] of Object.entries(said)) {
      const page = await scene.page(await scene.user({ ...WITHOUT, locale }));
      await page.goto(scene.address);
      const notice = page.locator("main .notice");
      assert(await notice.isVisible());
      assertMatch(await notice.innerText(), text);
      const bar = (await page.locator(".bar").boundingBox())!;
      const below = (await notice.boundingBox())!.y - bar.y - bar.height;
      assert(below >= 0 && below < 50, `${below} below the bar`);
    }
  },

  "the room's page shows nothing that would not work": async (scene) => {
    const page = await scene.page(await scene.user(WITHOUT));
    await page.goto(scene.address);
    assertEquals(await operable(page), ["Parley: all rooms", "Settings"]);
    for (const hidden of ["#chat-log", "#chat-state", "#chat-message-form", "#people"]) {
      assert(await page.locator(hidden).isHidden(), hidden);
    }
    await page.locator("[popovertarget=settings]").click();
    assertEquals(await operable(page), ["Parley: all rooms", "Settings", "English", "繁體中文"]);
    await page.locator("#settings a[lang=zh-Hant]").click();
    await page.locator("html[lang=zh-Hant]").waitFor();
    assertEquals(page.url(), scene.address);
  },

  "the index page does its work, and shows nothing that would not": async (scene) => {
    const page = await scene.page(await scene.user(WITHOUT));
    await page.goto(scene.parley.http());
    assertEquals(await operable(page), [
      "Settings",
      "room-name-input",
      "room-name-submit",
      "room-suggestion",
    ]);
    const suggestion = (await page.locator("#room-suggestion").textContent())!;
    await page.locator("#room-suggestion").click();
    await page.waitForURL(scene.parley.http(`/chat/${suggestion}/`));
    await page.goBack();
    await page.locator("#room-name-input").fill(scene.room);
    await page.keyboard.press("Enter");
    await page.waitForURL(scene.address);
  },
});
