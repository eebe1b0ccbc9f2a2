// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { heard, logValue, say } from "../support/chat_page.ts";
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

/** A module in the place of `client.js` that knows no server: it answers by itself. */
const DUMMY = `
export class Parley extends EventTarget {
  you = { id: "me", name: "Ann", token: "secret" };
  members = new Map();
  outbox = [];
  limits = { message_bytes: 0, message_rate: 0, message_burst: 0, name_length: 0 };
  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
  constructor(...args) { super(); globalThis.made = args; }
  connect() {
    this.#tell("state", { state: "open" });
    this.#tell("welcome", { you: this.you });
    this.#tell("count", { count: 7 });
    this.#tell("message", { message: "said by the dummy", status: "sent", own: false, seq: 1 });
  }
  send(message) {
    this.#tell("message", { message: message + ", heard by the dummy", status: "sent", own: true, seq: 2 });
  }
  typing() {}
  close() {}
}`;

Deno.test("the room's page has all that it shows and says from client.js, and nothing else", async () => {
  await using parley = await ParleyProcess.start();
  await using browser = await launchChromium();
  const { page, problems } = await watchedPage(await browser.newContext());
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => requests.push(socket.url()));
  await page.route(
    /\/client\.js$/,
    (route) => route.fulfill({ contentType: "text/javascript", body: DUMMY }),
  );
  await page.goto(parley.http("/chat/lobby/"));
  await heard(page, "said by the dummy");
  await say(page, "typed");
  await heard(page, "typed, heard by the dummy");
  assertEquals(await logValue(page).then((text) => text.match(/typed/g)?.length), 1);
  assertEquals(await page.locator("#chat-count").textContent(), "7 here");
  assertEquals(await page.locator("#chat-state").textContent(), "Connected");
  assertEquals(
    await page.evaluate(() => (globalThis as unknown as { made: unknown }).made),
    [parley.http().slice(0, -1), "lobby", {}],
  );
  const others = requests.filter((path) => !/^\/static\/\w+\/[\w/-]+\.js$/.test(path))
    .filter((path) => !/\.(css|svg)$/.test(path));
  assertEquals(others, ["/chat/lobby/"]);
  assertEquals(problems, []);
});
