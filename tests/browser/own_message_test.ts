/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { eventually } from "../support/eventually.ts";
import { connected, pageTest } from "../support/scene.ts";

/** Each message's text and how it stands. */
function messages(page: Page): Promise<string[]> {
  return page.locator(".message").evaluateAll((lines) =>
    lines.map((line) => {
      const { status } = (line as HTMLElement).dataset;
      return `${line.querySelector(".text")!.textContent}: ${status}`;
    })
  );
}

/** Resolves when the messages stand so. */
async function stand(page: Page, ...expected: string[]): Promise<void> {
  const last = await eventually(
    () => messages(page),
    (found) => found.length === expected.length && found.every((line, n) => line === expected[n]),
  ).catch(() => messages(page));
  assertEquals(last, expected);
}

pageTest("one's own message", {
  "it is shown at once as pending, then confirmed, in one line that stays": async (scene) => {
    const ben = await scene.member("Ben");
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    const answer = cuttable.delay();
    await say(page, "hello");
    assertEquals(await messages(page), ["hello: pending"]);
    assertEquals(await ben.nextTexts(1), ["hello"]);
    const line = page.locator(".message.own");
    const note = () =>
      line.evaluate((element) => {
        const { content, height } = getComputedStyle(element, "::after");
        return [content, parseFloat(height) > 0];
      });
    // said only when it takes a while
    await eventually(note, ([content, seen]) => content === `"sending…"` && seen === true);
    await line.evaluate((element) => Object.assign(globalThis, { pending: element }));
    answer();
    await stand(page, "hello: sent");
    assert(
      await line.evaluate((element) =>
        (globalThis as unknown as { pending: Element }).pending === element
      ),
    );
    assertEquals((await note())[0], "none");
  },

  "others' messages stand in front of what is pending, and what is heard back in its place": async (
    scene,
  ) => {
    const ben = await scene.member("Ben");
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    await cuttable.cut();
    await say(page, "mine 1");
    await say(page, "mine 2");
    await stand(page, "mine 1: pending", "mine 2: pending");
    ben.send({ message: "his" });
    assertEquals(await ben.nextTexts(1), ["his"]);
    await cuttable.mend();
    await stand(page, "his: sent", "mine 1: sent", "mine 2: sent");
    assertEquals(await ben.nextTexts(2), ["mine 1", "mine 2"]);
  },

  "what was taken when the answer was lost by a cut is shown once, to both": async (scene) => {
    const other = await scene.enter();
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    await say(page, "before");
    await stand(page, "before: sent");
    cuttable.deafen();
    await say(page, "once");
    await heard(other, "once");
    await stand(page, "before: sent", "once: pending");
    cuttable.reset();
    await stand(page, "before: sent", "once: sent");
    await connected(page);
    await say(page, "after");
    await heard(other, "after");
    await stand(page, "before: sent", "once: sent", "after: sent");
    await stand(other, "before: sent", "once: sent", "after: sent");
  },

  "what was under way when the page was loaded again is shown once, to both": async (scene) => {
    const other = await scene.enter();
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    cuttable.deafen();
    await say(page, "taken");
    await heard(other, "taken");
    await cuttable.cut();
    await say(page, "not taken");
    await stand(page, "taken: pending", "not taken: pending");
    await cuttable.reload();
    await stand(page, "taken: sent", "not taken: sent");
    await heard(other, "not taken");
    await stand(other, "taken: sent", "not taken: sent");
    // nothing is kept that would be said again
    await cuttable.reload();
    await say(page, "after");
    await stand(page, "taken: sent", "not taken: sent", "after: sent");
    await stand(other, "taken: sent", "not taken: sent", "after: sent");
  },
});
