/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, logValue, say } from "../support/chat_page.ts";
import { historyIn, pageTest } from "../support/scene.ts";
import { Wire } from "../support/wire.ts";

const place = (page: Page) => page.locator("#chat-empty");
const invite = (page: Page) => place(page).getByRole("button", { name: "Invite somebody" });

/** Resolves when nothing stands in the log's place. */
async function gone(page: Page): Promise<void> {
  await page.locator("#chat-empty:empty").waitFor({ state: "attached" });
}

/** Where the parts of the page lie. */
function parts(page: Page): Promise<unknown[]> {
  return page.locator(".bar, #chat-log, #chat-message-form").evaluateAll((parts) =>
    parts.map((part) => part.getBoundingClientRect().toJSON())
  );
}

pageTest("a room in which nobody has said anything", {
  "its page says so in the reader's language, and not in the log": async (scene) => {
    const said = { "en-GB": "Nobody has said anything yet.", "zh-TW": "還沒有人說話。" };
    for (const [locale, text] of Object.entries(said)) {
      const page = await scene.enter({ locale });
      await historyIn(page);
      assertEquals(await place(page).locator("p").textContent(), text);
      assertEquals(await place(page).getAttribute("role"), "status");
      assert(!(await logValue(page)).includes(text));
      assertEquals(await page.locator("#chat-log #chat-empty").count(), 0);
    }
  },

  "it leads to the invitation, by the keyboard too": async (scene) => {
    const page = await scene.enter();
    await invite(page).click();
    await page.locator("#share").waitFor();
    await page.keyboard.press("Escape");
    assert(await page.locator("#share").isHidden());
    await page.locator("#chat-log").focus();
    await page.keyboard.press("Tab");
    assert(await invite(page).evaluate((button) => button === document.activeElement));
    await page.keyboard.press("Enter");
    await page.locator("#share").waitFor();
  },

  "who comes changes nothing, the first message ends it, and nothing moves": async (scene) => {
    const page = await scene.enter();
    await invite(page).waitFor();
    const before = await parts(page);
    const ann = await scene.member("Ann");
    await page.locator(".passing", { hasText: "Ann joined" }).waitFor();
    await invite(page).focus();
    assertEquals(await parts(page), before);
    ann.send({ message: "hello" });
    await heard(page, "hello");
    await gone(page);
    assertEquals(await parts(page), before);
    // what had the focus is gone
    assertEquals(await page.evaluate(() => document.activeElement!.id), "chat-message-input");
  },

  "where a keyboard leaves little room it lies over nothing": async (scene) => {
    const page = await scene.enter({ viewport: { width: 360, height: 300 } });
    await invite(page).waitFor();
    const ann = await scene.member("A".repeat(32));
    ann.send({ type: "name", name: "B".repeat(32) });
    await scene.member("C".repeat(32));
    await page.locator(".passing", { hasText: "B and 1 other joined" }).waitFor({
      state: "attached",
    });
    const boxes = () =>
      page.locator(".bar, #chat-empty, .passing, #chat-message-form").evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect()).filter(({ height }) => height > 0)
          .sort((a, b) => a.top - b.top).map(({ top, bottom }) => [top, bottom])
      );
    for (const height of [300, 250, 480]) {
      await page.setViewportSize({ width: 360, height });
      const lying = await boxes();
      for (const [at, [top]] of lying.entries()) {
        assert(at === 0 || top! >= lying[at - 1]![1]!, `${height}: ${lying.join("; ")}`);
      }
    }
  },

  "one's own message ends it, until it is discarded": async (scene) => {
    const wire = new Wire();
    const page = await scene.page(await scene.user());
    await wire.lay(page);
    await page.goto(scene.address);
    await invite(page).waitFor();
    wire.state = "refusing";
    await page.locator("#chat-message-input").focus();
    await say(page, "refused");
    await gone(page);
    await page.getByRole("button", { name: "Discard" }).click();
    await invite(page).waitFor();
  },

  "where something was said it is never seen": async (scene) => {
    const ann = await scene.member("Ann");
    ann.send({ message: "hello" });
    await ann.nextMessage();
    const page = await scene.page(await scene.user());
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        const text = document.querySelector("#chat-empty")?.textContent;
        if (text) seen.push(text);
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(scene.address);
    await historyIn(page);
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
    assertEquals(seen, []);
  },
});

pageTest("a room of which nothing is kept", {
  "its page does not say that nobody has said anything": async (scene) => {
    const ann = await scene.member("Ann");
    ann.send({ message: "hello" });
    await ann.nextMessage();
    const page = await scene.enter();
    await historyIn(page);
    assertEquals(
      await place(page).locator("p").textContent(),
      "What was said before is not kept here.",
    );
  },
}, ["--history", "0"]);
