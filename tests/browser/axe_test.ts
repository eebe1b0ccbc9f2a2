/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { axeViolations } from "../support/axe.ts";
import { heard, say } from "../support/chat_page.ts";
import {
  connected,
  historyIn,
  lookAway,
  lookBack,
  lookUp,
  openIndex,
  pageTest,
  type Scene,
} from "../support/scene.ts";
import { Wire } from "../support/wire.ts";

const PHONE = { viewport: { width: 390, height: 700 } };

/** One after the other, the states that the page can be in; each leads the page there. */
type States = [name: string, lead: () => Promise<void>][];

async function assertAccessible(page: Page, states: States): Promise<void> {
  for (const [name, lead] of states) {
    await lead();
    assertEquals(await axeViolations(page), [], name);
  }
}

async function index(scene: Scene, locale: string): Promise<void> {
  const page = await scene.page(await scene.user({ locale }));
  const toggle = () => page.locator("[popovertarget=settings]").click();
  await assertAccessible(page, [
    ["first visit", () => openIndex(page, scene.parley)],
    ["error", async () => {
      await page.locator("#room-name-submit").click();
      await page.locator("#room-name-error", { hasText: /\S/ }).waitFor();
    }],
    ["visited rooms", async () => {
      await page.goto(scene.address);
      await connected(page);
      await openIndex(page, scene.parley);
      await page.locator("#visited-rooms li").waitFor();
    }],
    ["settings", toggle],
  ]);
}

async function unconnected(scene: Scene, locale: string): Promise<void> {
  const page = await scene.page(await scene.user({ locale, ...PHONE }));
  const wire = new Wire();
  await wire.lay(page);
  await assertAccessible(page, [
    ["connecting", async () => {
      wire.state = "silent";
      await page.goto(scene.address);
      await page.locator("#chat-state[data-state=connecting]").waitFor();
    }],
    ["open, empty", async () => {
      wire.state = "open";
      await page.reload();
      await page.locator("#chat-empty button").waitFor();
    }],
    ["offline, with messages on their way", async () => {
      await wire.cut();
      await page.locator("#chat-state[data-state=waiting]").waitFor();
      await say(page, "said offline");
      await page.locator(".message[data-status=pending]").waitFor();
    }],
  ]);
}

async function talking(scene: Scene, locale: string): Promise<void> {
  const ann = await scene.member("Ann");
  const ben = await scene.member("Ben");
  ann.send({ message: "What do `you` say, Mia? See https://example.org/" });
  ann.send({ message: "```\ncode\n```" });
  ben.send({ message: "one" });
  await ben.nextTexts(3);
  const page = await scene.page(await scene.user({ locale, name: "Mia", ...PHONE }));
  const wire = new Wire();
  await wire.lay(page);
  const click = (selector: string) => page.locator(selector).click();
  await assertAccessible(page, [
    ["history", async () => {
      await page.goto(scene.address);
      await connected(page);
      await historyIn(page);
    }],
    ["people over the talk, with a name that is taken", async () => {
      await click("#people-toggle");
      await page.locator("#name-input").fill("Ann");
      await page.keyboard.press("Enter");
      await page.locator("#name-note.wrong").waitFor();
    }],
    ["invitation", async () => {
      await click("#people-close");
      await click("#share-open");
      await page.locator("#share-qr").evaluate((image) => (image as HTMLImageElement).decode());
    }],
    ["settings, with notifications refused", async () => {
      await page.keyboard.press("Escape");
      await click("[popovertarget=settings]");
      await click("#chat-notify");
      await page.locator("#chat-notify-error", { hasText: /\S/ }).waitFor();
    }],
    ["pending, failed, too long", async () => {
      await page.keyboard.press("Escape");
      wire.state = "refusing";
      await page.locator("#chat-message-input").focus();
      await say(page, "refused");
      await page.locator(".failure").waitFor();
      wire.state = "silent";
      await say(page, "on its way");
      await page.locator(".message[data-status=pending]").waitFor();
      await page.locator("#chat-message-input").fill("x".repeat(20_000));
      await page.locator("#chat-counter.wrong").waitFor();
    }],
    ["gap, typing, somebody joined", async () => {
      await page.locator("#chat-message-input").fill("");
      await wire.cut();
      for (let n = 0; n < 10; n++) ann.send({ message: `missed ${n}` });
      await ann.nextTexts(13);
      wire.state = "open";
      await click("#chat-connect");
      await page.locator(".gap").waitFor();
      await scene.member("Cleo");
      await page.locator(".passing").last().waitFor();
      ben.send({ type: "typing" });
      await page.locator("#chat-typing", { hasText: "Ben" }).waitFor();
    }],
    ["new messages below, new since one left, joining", async () => {
      await heard(page, "on its way");
      for (let n = 0; n < 20; n++) ann.send({ message: `more ${n}` });
      await heard(page, "more 19");
      await lookUp(page);
      await lookAway(page);
      ann.send({ message: "unread" });
      await page.locator("#chat-newest.counts").waitFor();
      await lookBack(page);
    }],
    ["new since one left", async () => {
      await click("#chat-newest");
      await page.locator(".unread").waitFor();
    }],
    ["beside the people", () => page.setViewportSize({ width: 1280, height: 800 })],
  ]);
}

const STEPS: Record<string, (scene: Scene) => Promise<void>> = {};
for (const locale of ["en-GB", "zh-TW"]) {
  STEPS[`on the index page, ${locale}`] = (scene) => index(scene, locale);
  STEPS[`on the room's page without a connection, ${locale}`] = (scene) =>
    unconnected(scene, locale);
  STEPS[`on the room's page during a talk, ${locale}`] = (scene) => talking(scene, locale);
}

pageTest("axe finds nothing, light or dark,", STEPS, ["--message-rate", "0", "--history", "3"]);
