/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { CuttablePage } from "../support/cuttable_page.ts";
import { holdScripts } from "../support/painting.ts";
import { connected, pageTest } from "../support/scene.ts";

const box = (page: Page) => page.locator("#chat-message-input");

const DRAFT = "not\nsaid yet 你好 <b>";

pageTest("what is in the message box", {
  "a reload keeps it": async (scene) => {
    const page = await scene.enter();
    const { height: one } = (await box(page).boundingBox())!;
    await page.keyboard.insertText(DRAFT);
    await page.reload();
    await connected(page);
    assertEquals(await box(page).inputValue(), DRAFT);
    assert((await box(page).boundingBox())!.height > one + 10);
    // and one goes on writing where it ends
    await page.keyboard.type("!");
    await page.keyboard.press("Enter");
    await page.locator(".message[data-status=sent]").waitFor();
    assertEquals(await page.locator(".message .text").textContent(), `${DRAFT}!`);
  },

  "what is typed before the scripts are there comes behind it": async (scene) => {
    const page = await scene.enter();
    await page.keyboard.insertText(DRAFT);
    const scripts = await holdScripts(page);
    await page.reload({ waitUntil: "commit" });
    await page.locator("#chat-message-input:focus").waitFor();
    await page.keyboard.type(" early");
    await scripts.release();
    await connected(page);
    assertEquals(await box(page).inputValue(), `${DRAFT} early`);
    await page.keyboard.type("!");
    await page.reload();
    await connected(page);
    assertEquals(await box(page).inputValue(), `${DRAFT} early!`);
  },

  "what is sent before the scripts are there stays in its box": async (scene) => {
    const page = await scene.page(await scene.user());
    const scripts = await holdScripts(page);
    await page.goto(scene.address, { waitUntil: "commit" });
    for (
      const [field, text] of [["#chat-message-input", "early"], ["#name-input", "Mia"]] as const
    ) {
      await page.locator(field).fill(text);
      await page.locator(`form:has(${field}) [type=submit]`).click();
      await page.locator(field).press("End");
      await page.keyboard.type("!");
    }
    await page.locator("#name-input").press("Enter");
    await scripts.release();
    await connected(page);
    assertEquals(await box(page).inputValue(), "early!");
    assertEquals(await page.locator("#name-input").inputValue(), "Mia!");
    assertEquals(page.url(), scene.address);
  },

  "what was sent is not there again": async (scene) => {
    const page = await scene.enter();
    await page.keyboard.type("said");
    await page.keyboard.press("Enter");
    await page.locator(".message[data-status=sent]").waitFor();
    await page.reload();
    await connected(page);
    assertEquals(await box(page).inputValue(), "");
  },

  "each room has its own, also when one goes through others": async (scene) => {
    const page = await scene.enter();
    await page.keyboard.insertText(DRAFT);
    const other = `${scene.address.slice(0, -1)}-other/`;
    await page.goto(other);
    await connected(page);
    assertEquals(await box(page).inputValue(), "");
    await page.keyboard.type("other");
    await page.goto(scene.address);
    await connected(page);
    assertEquals(await box(page).inputValue(), DRAFT);
    await page.goBack();
    await connected(page);
    assertEquals(await box(page).inputValue(), "other");
  },

  "another user of the room does not see it": async (scene) => {
    const page = await scene.enter();
    await page.keyboard.insertText(DRAFT);
    const other = await scene.enter();
    assertEquals(await box(other).inputValue(), "");
  },

  "a cut and the way back leave it alone": async (scene) => {
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    await page.keyboard.insertText(DRAFT);
    await cuttable.cut();
    await page.keyboard.type(" more");
    await cuttable.mend();
    assertEquals(await box(page).inputValue(), `${DRAFT} more`);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
    await cuttable.cut();
    await cuttable.reload();
    assertEquals(await box(page).inputValue(), `${DRAFT} more`);
  },
});
