// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { heard } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { launchChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { watchedPage } from "../support/watched_page.ts";

/** What of an element is used in the browser; the tests themselves are typed as programs of Deno. */
interface Node {
  appendChild(node: Node): void;
  cloneNode(deep: boolean): Node;
}

/** The part of an element that scrolls. */
interface Scrolled {
  scrollHeight: number;
  scrollTop: number;
  clientHeight: number;
}

Deno.test("the room's page follows the talk, however it comes, unless its reader looks back", async () => {
  await using parley = await ParleyProcess.start({ flags: ["--message-rate", "0"] });
  const browser = await launchChromium();
  try {
    const user = await browser.newContext({ viewport: { width: 390, height: 500 } });
    const { page, problems } = await watchedPage(user);
    await page.goto(parley.http("/chat/lobby/"));
    await using ann = await ChatSocket.open(parley.ws("lobby"));
    const log = page.locator("#chat-log");
    const belowEnd = () =>
      log.evaluate((element) => {
        const { scrollHeight, scrollTop, clientHeight } = element as unknown as Scrolled;
        return scrollHeight - scrollTop - clientHeight;
      });
    for (let n = 0; n < 50; n++) ann.send({ message: `line ${n}` });
    await heard(page, "line 49");
    await eventually(belowEnd, (pixels) => pixels < 2);

    // The browser tells of the page's own scroll when further lines have come already.
    await log.evaluate((element) => {
      const { lastElementChild } = element as unknown as { lastElementChild: Node };
      for (let n = 0; n < 20; n++) {
        (element as unknown as Node).appendChild(lastElementChild.cloneNode(true));
      }
      (element as unknown as EventTarget).dispatchEvent(new Event("scroll"));
    });
    ann.send({ message: "last" });
    await heard(page, "last");
    await eventually(belowEnd, (pixels) => pixels < 2);

    await log.evaluate((element) => {
      (element as unknown as Scrolled).scrollTop = 100;
    });
    await eventually(belowEnd, (pixels) => pixels > 1000);
    ann.send({ message: "unseen" });
    await heard(page, "unseen");
    assertEquals(await log.evaluate((element) => (element as unknown as Scrolled).scrollTop), 100);
    assertEquals(problems, []);
  } finally {
    await browser.close();
  }
});
