// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { pageTest } from "../support/scene.ts";
import { ParleyProcess } from "../support/parley_process.ts";

/** The server keeps so many messages of a room. */
const HISTORY = 3;
const FLAGS = ["--history", String(HISTORY)];

const GAP = "Some messages are missing here";

/** The texts in the log, with the lines about gaps. */
async function lines(page: Page): Promise<string[]> {
  const shown = await page.locator("#chat-log :is(.gap, .message .text)").allTextContents();
  return shown.map((text) => text.trim());
}

pageTest("the line where messages are missing", {
  "it stands between what was heard before and what is left": async (scene) => {
    const ann = await scene.member("Ann");
    await using cuttable = await CuttablePage.enter(scene);
    const { page } = cuttable;
    ann.send({ message: "before" });
    await heard(page, "before");
    await cuttable.cut();
    for (let n = 1; n <= HISTORY + 2; n++) ann.send({ message: `missed ${n}` });
    await ann.nextTexts(HISTORY + 3);
    await cuttable.mend();
    await heard(page, "missed 5");
    ann.send({ message: "after" });
    await heard(page, "after");
    assertEquals(await lines(page), [
      "before",
      GAP,
      "missed 3",
      "missed 4",
      "missed 5",
      "after",
    ]);
    assertEquals(await page.locator(".gap").isVisible(), true);
  },

  "a reader who comes late misses nothing that was ever promised": async (scene) => {
    const ann = await scene.member("Ann");
    for (let n = 1; n <= HISTORY + 2; n++) ann.send({ message: `said ${n}` });
    await ann.nextTexts(HISTORY + 2);
    const page = await scene.enter();
    await heard(page, "said 5");
    assertEquals(await lines(page), ["said 3", "said 4", "said 5"]);
  },

  "a server that has lost its log: what was heard stays, and the line stands behind it": async (
    scene,
  ) => {
    await using stack = new AsyncDisposableStack();
    let parley = stack.use(await ParleyProcess.start({ flags: FLAGS }));
    await using cuttable = await CuttablePage.enter(scene, {}, () => parley.port);
    const { page } = cuttable;
    const member = async () =>
      stack.use(await ChatSocket.open(parley.ws(scene.room), { protocol: "parley.v1" }));
    (await member()).send({ message: "before" });
    await heard(page, "before");
    await parley.kill();
    await cuttable.cut();
    parley = stack.use(await ParleyProcess.start({ flags: FLAGS }));
    const ben = await member();
    ben.send({ message: "from the new log" });
    await ben.nextMessage();
    await cuttable.mend();
    await heard(page, "from the new log");
    ben.send({ message: "after" });
    await heard(page, "after");
    assertEquals(await lines(page), ["before", GAP, "from the new log", "after"]);
  },
}, FLAGS);
