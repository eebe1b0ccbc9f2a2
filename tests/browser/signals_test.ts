/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import type { ChatSocket } from "../support/chat_socket.ts";
import { eventually } from "../support/eventually.ts";
import { connected, historyIn, lookAway, type Scene, wholeBrowserTest } from "../support/scene.ts";

/** What the page has given, in the order of its notes and notifications. */
interface Given {
  notes: number;
  asked: number;
  notifications: Notification[];
}

/** Has the pages of that user note what they give, which the browser goes on to give. */
async function observe(user: BrowserContext): Promise<void> {
  await user.addInitScript(() => {
    const given: Given = { notes: 0, asked: 0, notifications: [] };
    Object.assign(globalThis, { given });
    globalThis.OscillatorNode = class extends OscillatorNode {
      override start(when?: number) {
        given.notes++;
        super.start(when);
      }
    };
    globalThis.Notification = class extends Notification {
      static override requestPermission() {
        given.asked++;
        return super.requestPermission();
      }
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        given.notifications.push(this);
      }
    };
  });
}

/** The room's page of a user whose browser allows notifications, or not. */
async function enter(scene: Scene, permissions: string[] = ["notifications"]): Promise<Page> {
  const user = await scene.user({ permissions });
  await observe(user);
  const page = await scene.enter(user);
  await historyIn(page);
  return page;
}

/** What the page has given so far: notes played, permissions asked for, notifications shown. */
function given(page: Page): Promise<[notes: number, asked: number, shown: string[]]> {
  return page.evaluate(() => {
    const { notes, asked, notifications } = (globalThis as unknown as { given: Given }).given;
    return [notes, asked, notifications.map(({ title, body }) => `${title}: ${body}`)];
  });
}

async function hear(page: Page, ann: ChatSocket, message: string): Promise<void> {
  ann.send({ message });
  await heard(page, message);
}

async function switchOn(page: Page, ...switches: string[]): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  for (const name of switches) await page.getByRole("switch", { name }).check();
  await page.keyboard.press("Escape");
}

const [SOUND, NOTIFY] = ["Play a sound", "Show a notification"];

wholeBrowserTest("signals", {
  "sound and notification are off, and nothing is asked": async (scene) => {
    const page = await enter(scene);
    const ann = await scene.member("Ann");
    await lookAway(page);
    await hear(page, ann, "hello");
    assertEquals(await given(page), [0, 0, []]);
    assert(!await page.locator("#chat-sound").isChecked());
    assert(!await page.locator("#chat-notify").isChecked());
  },

  "a sound, once switched on, is played for what nobody sees": async (scene) => {
    const page = await enter(scene);
    const ann = await scene.member("Ann");
    await switchOn(page, SOUND);
    // the switch gives a sample: two notes
    assertEquals(await given(page), [2, 0, []]);
    await hear(page, ann, "seen");
    assertEquals(await given(page), [2, 0, []]);
    await lookAway(page);
    await hear(page, ann, "unseen");
    assertEquals(await given(page), [4, 0, []]);
  },

  "a notification, once switched on, is shown for what nobody sees": async (scene) => {
    const page = await enter(scene);
    const ann = await scene.member("Ann");
    await switchOn(page, NOTIFY);
    await hear(page, ann, "seen");
    assertEquals(await given(page), [0, 0, []]);
    await lookAway(page);
    await hear(page, ann, "unseen");
    assertEquals(await given(page), [0, 0, [`Ann in ${scene.room}: unseen`]]);
    const closed = page.evaluate(() => {
      const [notification] = (globalThis as unknown as { given: Given }).given.notifications;
      const { promise, resolve } = Promise.withResolvers<void>();
      notification!.addEventListener("close", () => resolve());
      notification!.dispatchEvent(new Event("click"));
      return promise;
    });
    await closed;
  },

  "what was switched on is on after a reload, and can be switched off": async (scene) => {
    const page = await enter(scene);
    const ann = await scene.member("Ann");
    await switchOn(page, SOUND, NOTIFY);
    await page.reload();
    await connected(page);
    await historyIn(page);
    assert(await page.locator("#chat-sound").isChecked());
    assert(await page.locator("#chat-notify").isChecked());
    await lookAway(page);
    // browsers play nothing before somebody has done something on the page
    await page.keyboard.press("Shift");
    await hear(page, ann, "hello");
    assertEquals(await given(page), [2, 0, [`Ann in ${scene.room}: hello`]]);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("switch", { name: SOUND }).uncheck();
    await page.getByRole("switch", { name: NOTIFY }).uncheck();
    await hear(page, ann, "unheard");
    assertEquals(await given(page), [2, 0, [`Ann in ${scene.room}: hello`]]);
    assertEquals(await page.evaluate(() => Object.keys(localStorage)), ["parley:rooms"]);
  },

  "a browser that allows no notification has the switch go back and says so": async (scene) => {
    const page = await enter(scene, []);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("switch", { name: NOTIFY }).click();
    const error = page.locator("#chat-notify-error");
    await eventually(
      () => error.textContent(),
      (text) => text === "Your browser does not allow notifications of this page.",
    );
    assert(!await page.locator("#chat-notify").isChecked());
    const [, asked] = await given(page);
    const permission = await page.evaluate(() => Notification.permission);
    assertEquals([permission, asked <= 1], ["denied", true]);
  },
});
