/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { CuttablePage } from "../support/cuttable_page.ts";
import { eventually } from "../support/eventually.ts";
import { pageTest, type Scene } from "../support/scene.ts";

const state = (page: Page) => page.locator("#chat-state");

/** Resolves when the line says that. */
async function says(page: Page, pattern: RegExp): Promise<string> {
  const text = await eventually(
    () => state(page).textContent(),
    (text) => pattern.test(text ?? ""),
  );
  return text!;
}

/** A page that is cut off, and for which time stands still but where the test lets it pass. */
async function cutOff(
  scene: Scene,
  { offline = false, port = () => scene.parley.port } = {},
): Promise<CuttablePage> {
  await using stack = new AsyncDisposableStack();
  const cuttable = stack.use(await CuttablePage.enter(scene, {}, port));
  const { page } = cuttable;
  await page.clock.install();
  await page.clock.pauseAt(await page.evaluate(() => Date.now()) + 1_000);
  await page.context().setOffline(offline);
  await cuttable.cut();
  stack.move();
  return cuttable;
}

/** Lets time pass, without success, until some seconds are to be waited for. */
async function waitLonger(page: Page): Promise<string> {
  const ask = async () => {
    await page.clock.fastForward(500);
    return await state(page).textContent();
  };
  return (await eventually(ask, (text) => /^Reconnecting in ([3-9]|\d\d) s$/.test(text ?? "")))!;
}

pageTest("the line about the connection", {
  "it says that one is connected, and nothing more": async (scene) => {
    const page = await scene.enter();
    assertEquals(await state(page).textContent(), "Connected");
    assertEquals(await state(page).getAttribute("role"), "status");
    assertEquals(await page.locator("#chat-connect").isHidden(), true);
  },

  "after a cut it counts the seconds until the next try, and says when it is back": async (
    scene,
  ) => {
    await using cuttable = await cutOff(scene);
    const { page } = cuttable;
    assertMatch(await says(page, /seconds|in \d/), /^Reconnecting in \d+ s$/);
    // later tries are rarer, and so there is something to count
    const longer = await waitLonger(page);
    const seconds = Number(/\d+/.exec(longer)![0]);
    const later = async () => {
      await page.clock.runFor(250);
      return await state(page).textContent();
    };
    await eventually(later, (text) => text === `Reconnecting in ${seconds - 1} s`);
    // only the change is read out, not each second
    assertEquals(await state(page).locator(".seconds").getAttribute("aria-hidden"), "true");
    const back = cuttable.mend();
    await page.clock.fastForward(seconds * 1000);
    await back;
    assertEquals(await state(page).textContent(), "Back again");
    await page.clock.fastForward(4_000);
    assertEquals(await state(page).textContent(), "Connected");
  },

  "who does not want to wait tries at once, and goes on writing": async (scene) => {
    await using cuttable = await cutOff(scene);
    const { page } = cuttable;
    await waitLonger(page);
    // no time passes: nothing else would bring it back
    const back = cuttable.mend();
    await page.getByRole("button", { name: "Try now" }).click();
    await back;
    assertEquals(await page.locator("#chat-connect").isHidden(), true);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-message-input");
  },

  "the way to try at once stays in place, with the focus, while it is tried": async (scene) => {
    // it takes connections, and says nothing
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let { port } = scene.parley;
    await using cuttable = await cutOff(scene, { port: () => port });
    const { page } = cuttable;
    await page.setViewportSize({ width: 390, height: 844 });
    const tryNow = page.locator("#chat-connect");
    await waitLonger(page);
    await tryNow.focus();
    const place = await tryNow.boundingBox();
    port = silent.addr.port;
    const back = cuttable.mend();
    const tried = async () => {
      await page.clock.fastForward(500);
      return await state(page).textContent();
    };
    await eventually(tried, (text) => text === "Reconnecting…");
    assertEquals(await tryNow.boundingBox(), place);
    assertEquals(await page.evaluate(() => document.activeElement?.id), "chat-connect");
    ({ port } = scene.parley);
    cuttable.reset();
    await says(page, /^Reconnecting in/);
    await page.keyboard.press("Enter");
    await back;
  },

  "on a phone it stands below the room's name, with the way to try again beside it": async (
    scene,
  ) => {
    await using cuttable = await cutOff(scene);
    const { page } = cuttable;
    for (const width of [320, 390, 479]) {
      await page.setViewportSize({ width, height: 844 });
      const [name, line, tryNow] = await page.evaluate(() =>
        [".room-name", "#chat-state", "#chat-connect"].map((selector) =>
          document.querySelector(selector)!.getBoundingClientRect().toJSON() as DOMRect
        )
      );
      assert(name!.width > 80, `${width}: the name is ${name!.width} wide`);
      assert(line!.top >= name!.bottom, `${width}: ${line!.top} is not below ${name!.bottom}`);
      assert(line!.right <= tryNow!.left, `${width}: ${line!.right} lies over ${tryNow!.left}`);
      assert(
        tryNow!.top < line!.bottom && line!.top < tryNow!.bottom,
        `${width}: ${line!.top} and ${tryNow!.top} are two rows`,
      );
    }
  },

  "without a network it says offline, and is back as soon as there is one": async (scene) => {
    await using cuttable = await cutOff(scene, { offline: true });
    const { page } = cuttable;
    assertMatch((await state(page).textContent())!, /^Offline, trying again in \d+ s$/);
    const back = cuttable.mend();
    await page.context().setOffline(false);
    await back;
    assertEquals(await state(page).textContent(), "Back again");
  },

  "it does not say connected for long when the browser knows that there is no network": async (
    scene,
  ) => {
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    // the connection stands, and nothing comes any more
    cuttable.deafen();
    await page.context().setOffline(true);
    await says(page, /^Offline, trying again in \d+ s$/);
    await page.context().setOffline(false);
    await cuttable.mend();
  },
});
