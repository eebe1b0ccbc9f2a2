/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import type { ChatSocket } from "../support/chat_socket.ts";
import { historyIn, lookAway, lookBack, pageTest, type Scene } from "../support/scene.ts";

const LINE = "— New since you left —";

/** The texts in the log, and where the line stands among them. */
async function lines(page: Page): Promise<string[]> {
  const shown = page.locator("#chat-log :is(.unread, .message .text)");
  return await shown.evaluateAll((lines, mark) =>
    lines.map((line) => {
      const text = line.textContent!.trim();
      return line.matches(".unread") ? `— ${text} —` === mark ? mark : text : text;
    }), LINE);
}

async function enter(scene: Scene): Promise<{ page: Page; ann: ChatSocket }> {
  const ann = await scene.member("Ann");
  const page = await scene.enter();
  ann.send({ message: "seen" });
  await heard(page, "seen");
  return { page, ann };
}

async function hear(page: Page, ann: ChatSocket, ...texts: string[]): Promise<void> {
  for (const message of texts) {
    ann.send({ message });
    await heard(page, message);
  }
}

pageTest("the line in front of what is new since one left", {
  "it stands in front of the first message that came while nobody looked": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new 1", "new 2");
    await lookBack(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", LINE, "new 1", "new 2", "after"]);
  },

  "there is one: the next absence moves it": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new 1");
    await lookBack(page);
    await lookAway(page);
    await hear(page, ann, "new 2");
    assertEquals(await lines(page), ["seen", "new 1", LINE, "new 2"]);
  },

  "nothing new, no line": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await lookBack(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", "after"]);
  },

  "whoever answers has read it: the line goes": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new");
    await lookBack(page);
    await say(page, "mine");
    await heard(page, "mine");
    assertEquals(await lines(page), ["seen", "new", "mine"]);
  },

  "who comes back to the room finds it where the last visit ended": async (scene) => {
    const { page, ann } = await enter(scene);
    await page.goto(scene.parley.http("/"));
    for (const message of ["new 1", "new 2"]) ann.send({ message });
    await ann.nextTexts(3);
    await page.goto(scene.address);
    await heard(page, "new 2");
    assertEquals(await lines(page), ["seen", LINE, "new 1", "new 2"]);
    await historyIn(page);
    // a page that is loaded again has nothing new
    await page.reload();
    await heard(page, "new 2");
    await historyIn(page);
    await hear(page, ann, "after");
    assertEquals(await lines(page), ["seen", "new 1", "new 2", "after"]);
  },

  "what came while nobody looked is still new after a reload": async (scene) => {
    const { page, ann } = await enter(scene);
    await lookAway(page);
    await hear(page, ann, "new");
    await page.reload();
    await heard(page, "new");
    assertEquals(await lines(page), ["seen", LINE, "new"]);
  },

  "who was never there has no line": async (scene) => {
    const { ann } = await enter(scene);
    ann.send({ message: "more" });
    const other = await scene.enter();
    await heard(other, "more");
    assertEquals(await lines(other), ["seen", "more"]);
  },
});
