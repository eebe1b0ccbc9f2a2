import { setImmediate } from "node:timers";

/** Resolves with the immediates of this turn of the event loop: all microtasks are done by then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
