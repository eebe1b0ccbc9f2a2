// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { CuttablePage } from "../support/cuttable_page.ts";
import { V1 } from "../support/enter.ts";
import { pageTest, type Scene } from "../support/scene.ts";
import { ParleyProcess } from "../support/parley_process.ts";

/** The server keeps so many messages of a room. */
const HISTORY = 3;
const FLAGS = ["--history", String(HISTORY)];

const GAP = "Some messages may be missing here";

/** Has the member say it; resolves when it is said. */
async function tell(member: ChatSocket, ...texts: string[]): Promise<void> {
  for (const message of texts) member.send({ message });
  await member.nextTexts(texts.length);
}

function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${what} ${n + 1}`);
}

/** The texts in the log, with the lines about gaps. */
async function lines(page: Page): Promise<string[]> {
  const shown = page.locator("#chat-log :is(.gap, .message .text):visible");
  return (await shown.allTextContents()).map((text) => text.trim());
}

/** A talk on a page that is cut off in the midst of it. */
interface Talk {
  /** Asked at each connection: where the server listens. */
  port?: () => number;
  /** Who speaks before the cut, and after it. */
  speaker: () => ChatSocket;
  /** What happens while the page is cut off; resolves to what is said last. */
  meanwhile: () => Promise<string>;
}

/** What the page shows of the talk in the end. */
async function shownOf(scene: Scene, { port, speaker, meanwhile }: Talk): Promise<string[]> {
  await using cuttable = await CuttablePage.enter(scene, {}, port);
  const { page } = cuttable;
  await tell(speaker(), "before");
  await heard(page, "before");
  await cuttable.cut();
  const last = await meanwhile();
  await cuttable.mend();
  await heard(page, last);
  await tell(speaker(), "after");
  await heard(page, "after");
  return await lines(page);
}

/** What the page shows of a talk in which so many messages were said while it was cut off. */
async function shownAfter(scene: Scene, missed: string[]): Promise<string[]> {
  const ann = await scene.member("Ann");
  return await shownOf(scene, {
    speaker: () => ann,
    async meanwhile() {
      await tell(ann, ...missed);
      return missed.at(-1)!;
    },
  });
}

pageTest("the line where messages are missing", {
  "it stands between what was heard before and what is left": async (scene) => {
    const missed = numbered("missed", HISTORY + 2);
    const left = missed.slice(-HISTORY);
    assertEquals(await shownAfter(scene, missed), ["before", GAP, ...left, "after"]);
  },

  "where the server still has all that was said meanwhile there is none": async (scene) => {
    const missed = numbered("missed", HISTORY - 1);
    assertEquals(await shownAfter(scene, missed), ["before", ...missed, "after"]);
  },

  "a reader who comes late misses nothing that was ever promised": async (scene) => {
    const said = numbered("said", HISTORY + 2);
    await tell(await scene.member("Ann"), ...said);
    const page = await scene.enter();
    await heard(page, said.at(-1)!);
    assertEquals(await lines(page), said.slice(-HISTORY));
  },

  "a server that has lost its log: what was heard stays, and the line stands behind it": async (
    scene,
  ) => {
    await using stack = new AsyncDisposableStack();
    const start = async () => stack.use(await ParleyProcess.start({ flags: FLAGS }));
    const enter = async () => stack.use(await ChatSocket.open(parley.ws(scene.room), V1));
    let parley = await start();
    let speaker = await enter();
    const shown = await shownOf(scene, {
      port: () => parley.port,
      speaker: () => speaker,
      async meanwhile() {
        await parley.kill();
        parley = await start();
        speaker = await enter();
        await tell(speaker, "from the new log");
        return "from the new log";
      },
    });
    assertEquals(shown, ["before", GAP, "from the new log", "after"]);
  },
}, FLAGS);
