/**
 * Pictures of the pages, from a real chat: `deno task screenshots [folder]`.
 *
 * @module
 */
import type { Browser, Page } from "playwright-core";
import { heard, logValue, say } from "../support/chat_page.ts";
import { ChatSocket } from "../support/chat_socket.ts";
import { launchChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { repository } from "../support/repository.ts";

const folder = Deno.args[0] ?? `${repository}/dist/screenshots`;
const SIZES = { phone: [390, 844], tablet: [820, 1180], desktop: [1440, 900] } as const;
const SCHEMES = ["light", "dark"] as const;

const TALK: [name: string, message: string][] = [
  ["Ann", "Good morning! Is everybody back from the workshop?"],
  ["Wei", "早安！我昨天晚上到的 🚆"],
  ["Ben", "Nearly. The train stands still, so this is from the train."],
  ["Ann", "Then we start at ten. Bring the notes about https://deno.com please."],
  ["Wei", "沒問題"],
];

/** A room of its own in which the talk has been had, and those who had it are still there. */
async function haveTalk(parley: ParleyProcess, room: string): Promise<AsyncDisposable> {
  const members = new AsyncDisposableStack();
  const sockets = new Map<string, ChatSocket>();
  for (const [name, message] of TALK) {
    let socket = sockets.get(name);
    if (socket === undefined) {
      const url = `${parley.ws(room)}?name=${name}`;
      socket = members.use(await ChatSocket.open(url, { protocol: "parley.v1" }));
      sockets.set(name, socket);
    }
    socket.send({ message });
    let heard;
    do heard = await socket.nextMessage(); while (heard.message !== message);
  }
  return members;
}

async function takePictures(browser: Browser, parley: ParleyProcess): Promise<void> {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      const room = `${size} in the ${colorScheme}`;
      await using _ = await haveTalk(parley, room);
      const user = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await user.newPage();
      await page.goto(parley.http("/"));
      await shoot(page, `index-${size}-${colorScheme}`);
      await page.goto(parley.http(`/chat/${encodeURIComponent(room)}/`));
      await heard(page, TALK.at(-1)![1]);
      await say(page, "See you all at ten!");
      await eventually(
        () => logValue(page),
        (log) => log.includes("See you") && !log.includes("sending"),
      );
      await shoot(page, `room-${size}-${colorScheme}`);
      await user.close();
    }
  }
}

async function shoot(page: Page, name: string): Promise<void> {
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path });
  console.log(path);
}

await Deno.mkdir(folder, { recursive: true });
await using parley = await ParleyProcess.start();
const browser = await launchChromium();
try {
  await takePictures(browser, parley);
} finally {
  await browser.close();
}
