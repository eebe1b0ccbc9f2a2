/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { connected, pageTest, type Scene } from "../support/scene.ts";
import { Wire } from "../support/wire.ts";

/** More than the server takes that the page is connected to when it comes to be said. */
const LONG = "long ".repeat(30).trim();

/** A page on which that message has failed, and the way back to a server that takes it. */
interface Failed extends AsyncDisposable {
  page: Page;
  cuttable: CuttablePage;
  /** Connects to the server that takes it. */
  goBack(): Promise<void>;
}

async function failed(scene: Scene): Promise<Failed> {
  await using stack = new AsyncDisposableStack();
  const strict = stack.use(await ParleyProcess.start({ flags: ["--message-bytes", "100"] }));
  let server = scene.parley;
  const cuttable = stack.use(await CuttablePage.enter(scene, {}, () => server.port));
  const { page } = cuttable;
  await cuttable.cut();
  await say(page, LONG);
  server = strict;
  await cuttable.mend();
  await page.locator(".message[data-status=failed]").waitFor();
  const kept = stack.move();
  return {
    page,
    cuttable,
    async goBack() {
      await cuttable.cut();
      server = scene.parley;
      await cuttable.mend();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function unsent(page: Page): Promise<string | null> {
  return page.evaluate(() => sessionStorage.getItem(`parley:unsent:${document.body.dataset.room}`));
}

pageTest("a message that failed", {
  "it says why, and keeps its text": async (scene) => {
    await using message = await failed(scene);
    const { page } = message;
    assertEquals(await page.locator(".message .text").textContent(), LONG);
    assertEquals(
      (await page.locator(".failure").innerText()).trim().split(/\s*\n/),
      ["Not sent: It is too long.", "Rewrite", "Discard"],
    );
    assert((await unsent(page))!.includes(LONG));
  },

  "it can be sent again, and is shown as any other then": async (scene) => {
    const ben = await scene.member("Ben");
    const wire = new Wire();
    const page = await scene.page(await scene.user());
    await wire.lay(page);
    await page.goto(scene.address);
    await connected(page);
    [wire.state, wire.code] = ["refusing", "bad_message"];
    await say(page, "hello");
    await page.locator(".failure", { hasText: "The server could not read it." }).waitFor();
    await page.getByRole("button", { name: "Send again" }).click();
    // refused again
    await page.locator(".message[data-status=failed] .failure").waitFor();
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
    wire.state = "open";
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator(".message[data-status=sent]").waitFor();
    assertEquals(await ben.nextTexts(1), ["hello"]);
    assertEquals(await page.locator(".message .text").allTextContents(), ["hello"]);
    assertEquals(await page.locator(".failure").count(), 0);
    assertEquals(await unsent(page), null);
  },

  "what is too long goes back into the box, in front of what is written there": async (scene) => {
    const ben = await scene.member("Ben");
    await using message = await failed(scene);
    const { page } = message;
    const box = page.locator("#chat-message-input");
    await page.keyboard.type("next");
    await page.getByRole("button", { name: "Rewrite" }).click();
    assertEquals(await box.inputValue(), `${LONG}\nnext`);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
    assertEquals([await page.locator(".message").count(), await unsent(page)], [0, null]);
    await page.locator("#chat-counter.wrong", { hasText: "too long" }).waitFor();
    // what is kept for a reload is what stands there
    await message.cuttable.reload();
    assertEquals(await box.inputValue(), `${LONG}\nnext`);
    await box.fill("shorter");
    await page.keyboard.press("Enter");
    await page.locator(".message[data-status=sent]").waitFor();
    await message.goBack();
    await say(page, "after");
    assertEquals(await ben.nextTexts(1), ["after"]);
  },

  "on a phone its buttons are apart and large enough for a finger": async (scene) => {
    const wire = new Wire();
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const page = await scene.page(await scene.user(phone));
    await wire.lay(page);
    await page.goto(scene.address);
    await connected(page);
    [wire.state, wire.code] = ["refusing", "unavailable"];
    await page.locator("#chat-message-input").focus();
    await say(page, "hello");
    await page.locator(".failure").waitFor();
    const [again, discard] = await page.locator(".failure button").evaluateAll((buttons) =>
      buttons.map((button) => button.getBoundingClientRect().toJSON() as DOMRect)
    );
    for (const { height } of [again!, discard!]) assert(height >= 32, `${height} high`);
    const apart = Math.max(discard!.left - again!.right, discard!.top - again!.bottom);
    assert(apart >= 8, `${apart} apart`);
  },

  "it can be discarded, and does not come back": async (scene) => {
    const ben = await scene.member("Ben");
    await using message = await failed(scene);
    const { page, cuttable } = message;
    await page.getByRole("button", { name: "Discard" }).click();
    assertEquals(await page.locator(".message").count(), 0);
    assertEquals(await unsent(page), null);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
    await message.goBack();
    await cuttable.reload();
    await say(page, "after");
    assertEquals(await ben.nextTexts(1), ["after"]);
    assertEquals(await page.locator(".message .text").allTextContents(), ["after"]);
  },

  "it does not hold up what is said after it": async (scene) => {
    await using message = await failed(scene);
    const { page } = message;
    await say(page, "short");
    await page.locator(".message[data-status=sent]").waitFor();
    const texts = await page.locator(".message .text").allTextContents();
    assertEquals(texts.sort(), [LONG, "short"]);
    await heard(page, "short");
  },

  "a reload does not lose it": async (scene) => {
    const ben = await scene.member("Ben");
    await using message = await failed(scene);
    const { page, cuttable } = message;
    await cuttable.reload();
    await page.locator(".message[data-status=failed]").waitFor();
    await message.goBack();
    await page.getByRole("button", { name: "Rewrite" }).click();
    await page.keyboard.press("Enter");
    assertEquals(await ben.nextTexts(1), [LONG]);
  },
});
