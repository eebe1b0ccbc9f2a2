/// <reference lib="dom" />
// @ts-types="./std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { ChatSocket } from "./chat_socket.ts";
import { launchChromium, launchWholeChromium } from "./chromium.ts";
import { V1 } from "./enter.ts";
import { eventually } from "./eventually.ts";
import { ParleyProcess } from "./parley_process.ts";
import { watchedPage } from "./watched_page.ts";

/** How a user comes: Playwright's options, and what a former visit left. */
export interface UserOptions extends BrowserContextOptions {
  /** The name chosen before. */
  name?: string;
}

/** A room of its own for one test, with all who come to it; they leave when it is disposed of. */
export class Scene implements AsyncDisposable {
  /** The name of the room; a test may choose another. */
  room: string;
  readonly parley: ParleyProcess;
  /** What went wrong on the pages of all users, see {@linkcode watchedPage}. */
  readonly problems: string[] = [];
  #browser: Browser;
  #stack = new AsyncDisposableStack();

  constructor(parley: ParleyProcess, browser: Browser, room: string) {
    this.parley = parley;
    this.#browser = browser;
    this.room = room;
  }

  /** The address of the room's page. */
  get address(): string {
    return this.parley.http(`/chat/${encodeURIComponent(this.room)}/`);
  }

  /** A browser of a user's own. */
  async user({ name, ...options }: UserOptions = {}): Promise<BrowserContext> {
    const { origin } = new URL(this.parley.http());
    const localStorage = [{ name: "parley:name", value: JSON.stringify(name) }];
    // Playwright opens a page to write into the storage, which takes longer than all the rest
    const origins = name === undefined ? [] : [{ origin, localStorage }];
    const storageState = { cookies: [], origins };
    const user = await this.#browser.newContext({ locale: "en-GB", storageState, ...options });
    this.#stack.defer(() => user.close());
    return user;
  }

  /** An empty page of that user. */
  async page(user: BrowserContext): Promise<Page> {
    const { page, problems } = await watchedPage(user);
    this.#stack.defer(() => void this.problems.push(...problems));
    return page;
  }

  /** The room's page, open to a user of its own and connected. */
  async enter(options?: UserOptions | BrowserContext): Promise<Page> {
    const isUser = options !== undefined && "newPage" in options;
    const page = await this.page(isUser ? options : await this.user(options));
    await page.goto(this.address);
    await connected(page);
    return page;
  }

  /** A member of the room who has no page. */
  async member(name: string): Promise<ChatSocket> {
    const url = `${this.parley.ws(this.room)}?name=${encodeURIComponent(name)}`;
    return this.#stack.use(await ChatSocket.open(url, V1));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Resolves when the page is connected. */
export async function connected(page: Page): Promise<void> {
  await page.locator("#chat-state[data-state=open]").waitFor();
}

/** Opens the index page; resolves when its script does its work. */
export async function openIndex(page: Page, parley: ParleyProcess): Promise<void> {
  await page.goto(parley.http());
  await indexReady(page);
}

/** Resolves when the script of the index page does its work: says by itself what is wrong with a name. */
export async function indexReady(page: Page): Promise<void> {
  await page.locator("#room-name-form[novalidate]").waitFor();
}

/** Resolves when the page has taken the history for complete. */
export async function historyIn(page: Page): Promise<void> {
  await page.locator("#chat-log[aria-live=polite]").waitFor();
}

/** The user looks at something else. */
export async function lookAway(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.hasFocus = () => false;
    dispatchEvent(new Event("blur"));
  });
}

/** The user looks at the page again. */
export async function lookBack(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.hasFocus = () => true;
    dispatchEvent(new Event("focus"));
  });
}

/** The user scrolls up to the first message. */
export async function lookUp(page: Page): Promise<void> {
  const log = page.locator("#chat-log");
  const up = async () => {
    await log.evaluate((log) => log.scrollTop = 0);
    return page.locator("#chat-newest").isVisible();
  };
  await eventually(up, (shown) => shown);
}

/**
 * Tests of the pages: each is a step with a {@linkcode Scene} of its own, on one server and one browser for all. A step
 * fails when anything went wrong on one of its pages, too.
 */
type PageTests = (
  what: string,
  steps: Record<string, (scene: Scene) => Promise<void>>,
  /** Of the server. */
  flags?: string[],
) => void;

/** In the browser that is ready soonest. */
export const pageTest: PageTests = testsIn(launchChromium);

/** In the browser as users have it, see {@linkcode launchWholeChromium}. */
export const wholeBrowserTest: PageTests = testsIn(launchWholeChromium);

function testsIn(launch: () => Promise<Browser>): PageTests {
  return (what, steps, flags = []) => {
    Deno.test(what, async (t) => {
      await using parley = await ParleyProcess.start({ flags });
      await using browser = await launch();
      let rooms = 0;
      for (const [name, step] of Object.entries(steps)) {
        await t.step(name, async () => {
          const scene = new Scene(parley, browser, `room-${++rooms}`);
          try {
            await step(scene);
          } finally {
            await scene[Symbol.asyncDispose]();
          }
          assertEquals(scene.problems, []);
        });
      }
    });
  };
}
