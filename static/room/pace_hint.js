/**
 * Explains why messages wait: who writes faster than the server takes it, or a server that takes nothing for a while.
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley } from "../client.js" */

/** How long a reason is shown at least, in ms. */
const SHOWN = 3_000;

/** @param {Parley} parley */
export function explainPace(parley) {
  const line = find("#chat-hint", HTMLElement);
  let tokens = Infinity;
  let countedAt = performance.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {string} text @param {number} wait in ms */
  const say = (text, wait) => {
    clearTimeout(timer);
    if (line.textContent !== text) line.textContent = text;
    timer = setTimeout(() => line.textContent = "", Math.max(wait, SHOWN));
  };

  // the client keeps to the rate, and is seldom refused: here is counted along
  parley.addEventListener("pending", () => {
    const { message_rate: rate, message_burst: burst } = parley.limits;
    if (rate <= 0 || parley.state !== "open") return;
    const now = performance.now();
    tokens = Math.min(burst, tokens + (now - countedAt) / 1000 * rate) - 1;
    countedAt = now;
    if (tokens < 0) say(texts.slow_down(rate), -tokens / rate * 1000);
  });

  parley.addEventListener("refused", ({ detail: { error } }) => {
    const wait = error?.retry ?? 0;
    if (error?.code === "rate") say(texts.slow_down(parley.limits.message_rate), wait);
    else say(texts.server_busy, wait);
  });
}
