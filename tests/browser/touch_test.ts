/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { wholeBrowserTest } from "../support/scene.ts";

const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  reducedMotion: "reduce",
} as const;

/** The colours of a button and of what is drawn on it. */
function colours(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluate((button) => {
    const { backgroundColor, color } = getComputedStyle(button);
    return [backgroundColor, color];
  });
}

wholeBrowserTest("under a finger", {
  "a button that was touched looks as before": async (scene) => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await scene.enter({ ...PHONE, colorScheme });
      for (const opener of ["#share-open", "[popovertarget=settings]", "#people-toggle"]) {
        const before = await colours(page, opener);
        await page.locator(opener).tap();
        assert(await page.locator(opener).evaluate((button) => button.matches(":hover")), opener);
        await page.locator(opener).tap();
        assertEquals(await colours(page, opener), before, `${opener}, ${colorScheme}`);
      }
      const before = await colours(page, "#chat-message-submit");
      await page.locator("#chat-message-input").fill("hello");
      await page.locator("#chat-message-submit").tap();
      await heard(page, "hello");
      assertEquals(await colours(page, "#chat-message-submit"), before, `Send, ${colorScheme}`);
    }
  },
});
