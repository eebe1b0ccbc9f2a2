/**
 * Pictures of the pages, from a real chat: `deno task screenshots [folder]`.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { launchWholeChromium } from "../support/chromium.ts";
import { V1 } from "../support/enter.ts";
import { eventually } from "../support/eventually.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { repository } from "../support/repository.ts";

const folder = Deno.args[0] ?? `${repository}/dist/screenshots`;
const SIZES = { phone: [390, 844], tablet: [820, 1180], desktop: [1440, 900] } as const;
const SCHEMES = ["light", "dark"] as const;

/** What is said before somebody looks: the last two are still typing then. */
const TALK: [name: string, message: string][] = [
  ["Ann", "Good morning! Is everybody back from the workshop?"],
  ["Wei", "早安！我昨天晚上到的 🚆"],
  ["Ben", "Nearly. The train stands still, so this is from the train."],
  ["Ben", "Somebody has left an umbrella at the hotel, by the way. Green, with ducks on it."],
  ["Ann", "Mine 🙈"],
  ["Ann", "Then we start at ten. The notes are at https://parley.example/notes"],
  ["Chloé", "For the demo: run `deno task start --port 9000`, or both at once:"],
  [
    "Chloé",
    "```\nparley --port 8001 --redis redis://127.0.0.1 &\nparley --port 8002 --redis redis://127.0.0.1\n```",
  ],
  ["Wei", "沒問題 👍"],
  ["Ben", "Mia, can you bring the big adapter? And the small one, if you still have it."],
];

/** A room of its own in which the talk has been had, and those who had it are still there. */
async function haveTalk(
  parley: ParleyProcess,
  room: string,
): Promise<AsyncDisposable & { typing(): void }> {
  const members = new AsyncDisposableStack();
  const sockets = new Map<string, ChatSocket>();
  for (const [name, message] of TALK) {
    let socket = sockets.get(name);
    if (socket === undefined) {
      const url = `${parley.ws(room)}?name=${name}`;
      socket = members.use(await ChatSocket.open(url, V1));
      sockets.set(name, socket);
    }
    socket.send({ message });
    let heard;
    do heard = await socket.nextMessage(); while (heard.message !== message);
  }
  return {
    typing: () => ["Wei", "Chloé"].forEach((name) => sockets.get(name)!.send({ type: "typing" })),
    [Symbol.asyncDispose]: () => members.disposeAsync(),
  };
}

async function takePictures(browser: Browser): Promise<void> {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      const room = "Workshop";
      await using parley = await ParleyProcess.start();
      await using talk = await haveTalk(parley, room);
      await using user = await newUser(browser, { viewport: { width, height }, colorScheme });
      const page = await user.newPage();
      await page.goto(parley.http(`/chat/${encodeURIComponent(room)}/`));
      await heard(page, TALK.at(-1)![1]);
      await say(page, "Both are in my bag. See you all at ten!");
      await eventually(
        () => page.locator(".own").getAttribute("data-status"),
        (status) => status === "sent",
      );
      talk.typing();
      await page.locator("#chat-typing").filter({ hasText: /\S/ }).waitFor();
      await shoot(page, `room-${size}-${colorScheme}`);
      for (const visited of ["lobby", "book club"]) {
        await page.goto(parley.http(`/chat/${encodeURIComponent(visited)}/`));
        await page.locator("#chat-state[data-state=open]").waitFor();
      }
      await page.goto(parley.http("/"));
      await shoot(page, `index-${size}-${colorScheme}`);
    }
  }
}

/** Somebody who has chosen a name before. */
async function newUser(browser: Browser, options: BrowserContextOptions) {
  const user = await browser.newContext(options);
  await user.addInitScript(() => localStorage.setItem("parley:name", '"Mia"'));
  return Object.assign(user, { [Symbol.asyncDispose]: () => user.close() });
}

async function shoot(page: Page, name: string): Promise<void> {
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path });
  console.log(path);
}

await Deno.mkdir(folder, { recursive: true });
const browser = await launchWholeChromium();
try {
  await takePictures(browser);
} finally {
  await browser.close();
}
