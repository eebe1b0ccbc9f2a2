/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { eventually } from "./eventually.ts";

/** How many pixels of the log lie below what is seen of it. */
export function belowSight(page: Page): Promise<number> {
  return page.locator("#chat-log").evaluate(({ scrollHeight, scrollTop, clientHeight }) =>
    scrollHeight - scrollTop - clientHeight
  );
}

/** How far the log is scrolled. */
export function scrollTop(page: Page): Promise<number> {
  return page.locator("#chat-log").evaluate(({ scrollTop }) => scrollTop);
}

/** Resolves when the end of the log is in sight. */
export async function atEnd(page: Page): Promise<void> {
  await eventually(() => belowSight(page), (pixels) => pixels < 2);
}

/** The reader turns the wheel back, to where this part of the log is above; resolves when the log is there. */
export async function turnBackTo(page: Page, part: number): Promise<void> {
  await page.locator("#chat-log").evaluate((log, part) => {
    const scrolled = new Promise((resolve) => {
      log.addEventListener("scroll", resolve, { once: true });
    });
    log.scrollTop = Math.round(log.scrollHeight * part);
    return scrolled;
  }, part);
}

/** The reader turns the wheel back, to where this part of the log is above; resolves when the page knows. */
export async function lookBackTo(page: Page, part: number): Promise<void> {
  await turnBackTo(page, part);
  await page.locator("#chat-newest").waitFor();
}
