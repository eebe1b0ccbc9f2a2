import { PATIENCE } from "./within.ts";

/** How often a condition is looked at, in milliseconds. */
export const INTERVAL = 10;

/**
 * Resolves when the condition holds, to the milliseconds that it took.
 *
 * @throws {Error} naming what was awaited, when the time is over
 */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
  milliseconds = PATIENCE,
): Promise<number> {
  const began = performance.now();
  while (!condition()) {
    if (performance.now() - began > milliseconds) {
      throw new Error(
        `Waited ${milliseconds} ms in vain for ${typeof what === "string" ? what : what()}`,
      );
    }
    await pause(INTERVAL);
  }
  return performance.now() - began;
}

/** Lets time pass, where time is what a test is about. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
