/**
 * The line above the message box that says, aloud too, why messages wait or are not sent.
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley } from "../client.js" */

/** How long a hint is shown at least, in ms. */
const SHOWN = 3_000;

const line = find("#chat-hint", HTMLElement);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Says something for a while. @param {string} text @param {number} [wait] in ms */
export function hint(text, wait = 0) {
  clearTimeout(timer);
  if (line.textContent !== text) line.textContent = text;
  timer = setTimeout(() => line.textContent = "", Math.max(wait, SHOWN));
}

/**
 * Says when somebody writes faster than the server takes it, or the server takes nothing for a while.
 *
 * @param {Parley} parley
 */
export function explainPace(parley) {
  let tokens = Infinity;
  let countedAt = performance.now();

  // the client keeps to the rate, and is seldom refused: here is counted along
  parley.addEventListener("pending", () => {
    const { message_rate: rate, message_burst: burst } = parley.limits;
    if (rate <= 0 || parley.state !== "open") return;
    const now = performance.now();
    tokens = Math.min(burst, tokens + (now - countedAt) / 1000 * rate) - 1;
    countedAt = now;
    if (tokens < 0) hint(texts.slow_down(rate), -tokens / rate * 1000);
  });

  parley.addEventListener("refused", ({ detail: { error } }) => {
    const wait = error?.retry ?? 0;
    if (error?.code === "rate") hint(texts.slow_down(parley.limits.message_rate), wait);
    else hint(texts.server_busy, wait);
  });
}
