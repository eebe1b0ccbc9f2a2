import type { Page } from "playwright-core";
import { PATIENCE } from "./within.ts";

/** What of the browser's global object is used in it; the tests themselves are typed as programs of Deno. */
interface BrowserGlobal {
  document: { querySelector(selector: string): { value: string } | null };
}

/** The text of the log, as the tutorial's tests read it: the property `value` of the element `chat-log`. */
export function logValue(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as BrowserGlobal;
    return document.querySelector("#chat-log")!.value;
  });
}

/** Types a message into whatever has the focus, and presses Enter. */
export async function say(page: Page, message: string): Promise<void> {
  await page.keyboard.insertText(message);
  await page.keyboard.press("Enter");
}

/** Resolves when the log has the text. */
export async function heard(page: Page, message: string, timeout = PATIENCE): Promise<void> {
  const hasIt = (text: string) => {
    const { document } = globalThis as unknown as BrowserGlobal;
    return document.querySelector("#chat-log")?.value.includes(text);
  };
  await page.waitForFunction(hasIt, message, { timeout });
}
