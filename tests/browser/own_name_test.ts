/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { V1 } from "../support/enter.ts";
import { eventually } from "../support/eventually.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { connected, pageTest } from "../support/scene.ts";

const DESKTOP = { viewport: { width: 1280, height: 800 } };

function ownName(page: Page): Promise<string> {
  return page.locator("#name-input").inputValue();
}

/** Resolves when the note at the field is this. */
async function noted(page: Page, text: string): Promise<void> {
  await eventually(() => page.locator("#name-note").textContent(), (shown) => shown === text);
}

/** The id of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement!.id);
}

/** Writes a name into the field and presses Enter. */
async function change(page: Page, name: string): Promise<void> {
  await page.locator("#name-input").fill(name);
  await page.keyboard.press("Enter");
}

/** What is wrong is said at the field, and nothing is changed. */
async function refused(page: Page, reason: RegExp, kept: string): Promise<void> {
  const field = page.locator("#name-input");
  await page.locator("#name-note.wrong", { hasText: reason }).waitFor();
  assertEquals(await field.getAttribute("aria-invalid"), "true");
  assertEquals(await field.getAttribute("aria-describedby"), "name-note");
  assertEquals(await page.locator("#name-note").getAttribute("role"), "status");
  assertEquals(await focused(page), "name-input");
  assertEquals(await page.locator("#people-list li bdi").first().textContent(), kept);
}

pageTest("own name", {
  "is changed in place, without a dialog, and all are told": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    const ann = await scene.member("Ann");
    assertEquals(await ownName(page), "Mia");
    await change(page, "Mina");
    await noted(page, "You are now called Mina.");
    assertEquals(await focused(page), "name-input");
    await page.locator("#people-list li", { hasText: "Mina" }).waitFor();
    let told;
    do told = await ann.nextOf("name"); while (told.name !== "Mina");
    await page.locator("#name-input").fill("Maja");
    await page.locator("#name-submit").click();
    await noted(page, "You are now called Maja.");
    await page.locator("#chat-message-input").focus();
    await say(page, "me again");
    const { message, name } = await ann.nextMessage();
    assertEquals([message, name], ["me again", "Maja"]);
  },

  "is told in the log as to oneself, and to others as of another": async (scene) => {
    const told = { "en-GB": "You are now Mina", "zh-TW": "你改名為「Mina」" };
    for (const [locale, text] of Object.entries(told)) {
      scene.room = `renamed, ${locale}`;
      const page = await scene.enter({ ...DESKTOP, locale, name: "Mia" });
      const other = await scene.enter();
      await change(page, "Mina");
      await page.locator(".passing", { hasText: text }).waitFor();
      await other.locator(".passing", { hasText: "Mia is now Mina" }).waitFor();
      assertEquals(await page.locator(".passing", { hasText: "Mia" }).count(), 0);
    }
  },

  "nothing that happens in the room takes the focus away": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    assertEquals(await focused(page), "chat-message-input");
    const ann = await scene.member("Ann");
    for (const field of ["chat-message-input", "name-input"]) {
      await page.locator(`#${field}`).fill("half wr");
      ann.send({ type: "name", name: `Ann ${field}` });
      ann.send({ message: `hello at ${field}` });
      await heard(page, `hello at ${field}`);
      await page.locator("#people-list li", { hasText: `Ann ${field}` }).waitFor();
      assertEquals(await focused(page), field);
      await page.keyboard.type("itten");
      assertEquals(await page.locator(`#${field}`).inputValue(), "half written");
    }
    await page.keyboard.press("Escape");
    assertEquals(await ownName(page), "Mia");
  },

  "that is taken is said at the field": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    await scene.member("Ann");
    await change(page, "ann");
    await refused(page, /Somebody here has this name already/, "Mia");
    await page.keyboard.press("End");
    await page.keyboard.type("a");
    await noted(page, "");
    assertEquals(await page.locator("#name-input").getAttribute("aria-invalid"), "false");
    await page.keyboard.press("Enter");
    await noted(page, "You are now called anna.");
  },

  "that cannot be is said at the field": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    const reasons = [
      ["  ", /^A name needs something to see\.$/],
      ["\u200B", /^A name needs something to see\.$/],
      ["x".repeat(33), /^A name has at most 32 characters\.$/],
      ["a\u202Eb", /^A name cannot have control characters/],
      ["a\u0007b", /^A name cannot have control characters/],
      ["ann", /^Somebody here has this name already\.$/],
    ] as const;
    await scene.member("Ann");
    for (const [name, reason] of reasons) {
      await change(page, name);
      await refused(page, reason, "Mia");
    }
  },

  "that cannot be is said also when it was chosen without a connection": async (scene) => {
    await using cuttable = await CuttablePage.enter(scene, DESKTOP);
    const { page } = cuttable;
    const ann = await scene.member("Ann");
    for (
      const [name, reason] of [
        ["x".repeat(33), /at most 32 characters/],
        ["Ann", /has this name already/],
      ] as const
    ) {
      await cuttable.cut();
      await change(page, name);
      await noted(page, "It is changed as soon as you are connected.");
      await cuttable.mend();
      await page.locator("#name-note.wrong", { hasText: reason }).waitFor();
    }
    await ann.close();
    await cuttable.cut();
    await change(page, "Mia  the  first");
    await cuttable.mend();
    await noted(page, "You are now called Mia the first.");
  },

  "is told at the field, too, when a reconnect brings another": async (scene) => {
    // where nobody is waited for who was cut off
    await using restarted = await ParleyProcess.start();
    const url = `${restarted.ws(scene.room)}?name=Anna`;
    await using _anna = await ChatSocket.open(url, V1);
    let server = scene.parley;
    await using cuttable = await CuttablePage.enter(scene, DESKTOP, () => server.port);
    const { page } = cuttable;
    await change(page, "Anna");
    await noted(page, "You are now called Anna.");
    await cuttable.cut();
    server = restarted;
    await cuttable.mend();
    await noted(page, "You are now called Anna 2.");
    assertEquals(await ownName(page), "Anna 2");
    // the same as before is nothing to tell
    await cuttable.cut();
    await cuttable.mend();
    await noted(page, "");
  },

  "half written, or refused, is put back when the field is left": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    await scene.member("Ann");
    const box = page.locator("#chat-message-input");
    await change(page, "Mina");
    await noted(page, "You are now called Mina.");
    await box.focus();
    await noted(page, "");
    await page.locator("#name-input").fill("half");
    // the button belongs to the field
    await page.keyboard.press("Tab");
    assertEquals([await focused(page), await ownName(page)], ["name-submit", "half"]);
    await box.focus();
    assertEquals(await ownName(page), "Mina");
    await change(page, "Ann");
    await refused(page, /Somebody here has this name already/, "Mina");
    await box.focus();
    await noted(page, "");
    assertEquals(await ownName(page), "Mina");
    assertEquals(await page.locator("#name-input").getAttribute("aria-invalid"), "false");
  },

  "stays half written while its writer looks at another window": async (scene) => {
    const page = await scene.enter({ ...DESKTOP, name: "Mia" });
    const field = page.locator("#name-input");
    await field.fill("half");
    // what a browser says of the field then; it stays the active element
    await field.evaluate((input) =>
      input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))
    );
    assertEquals(await ownName(page), "half");
  },

  "that waits for a connection is not put back": async (scene) => {
    await using cuttable = await CuttablePage.enter(scene, DESKTOP);
    const { page } = cuttable;
    await cuttable.cut();
    await change(page, "Mia");
    await page.locator("#chat-message-input").focus();
    assertEquals(await ownName(page), "Mia");
    await cuttable.mend();
    await noted(page, "You are now called Mia.");
  },

  "that waits for a connection is taken back by the one that one has": async (scene) => {
    await using cuttable = await CuttablePage.enter(scene, DESKTOP);
    const { page } = cuttable;
    const own = await ownName(page);
    await cuttable.cut();
    await change(page, "Mia");
    await change(page, own);
    await cuttable.mend();
    await noted(page, `You are now called ${own}.`);
    assertEquals(await ownName(page), own);
    assertEquals(await page.locator("#people-list li bdi").allTextContents(), [own]);
  },

  "is kept for next time, in this room and in others": async (scene) => {
    const user = await scene.user(DESKTOP);
    const page = await scene.enter(user);
    await change(page, "Mia");
    await noted(page, "You are now called Mia.");
    await page.reload();
    await connected(page);
    await page.locator("#people-list li", { hasText: "Mia" }).waitFor();
    assertEquals(await ownName(page), "Mia");
    const other = await scene.page(user);
    await other.goto(scene.parley.http(`/chat/${scene.room}-other/`));
    await connected(other);
    assertEquals(await ownName(other), "Mia");
  },
});
