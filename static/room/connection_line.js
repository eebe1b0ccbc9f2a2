/**
 * Says how the connection is: calm, and read out only when it changes.
 */

import { element, find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley } from "../client.js" */

/** How long it is said that we are back, in ms. */
const AGAIN = 4_000;

/**
 * @param {Parley} parley
 * @param {() => void} onTry somebody did not want to wait
 */
export function showConnection(parley, onTry) {
  const line = find("#chat-state", HTMLElement);
  const tryNow = find("#chat-connect", HTMLButtonElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let connected = false;
  let wasCut = false;

  /** @param {string} state @param {...(Node | string)} content */
  const show = (state, ...content) => {
    line.dataset.state = state;
    line.replaceChildren(...content);
  };

  /** @param {number} retryIn */
  const wait = (retryIn) => {
    const until = performance.now() + retryIn;
    // the seconds are not read out
    const seconds = element("span", "seconds");
    seconds.ariaHidden = "true";
    const tick = () => {
      const left = Math.max(1, Math.ceil((until - performance.now()) / 1000));
      seconds.textContent = ` ${texts.in_seconds(left)}`;
    };
    tick();
    timer = setInterval(tick, 250);
    show("waiting", navigator.onLine ? texts.reconnecting : texts.offline, seconds);
  };

  parley.addEventListener("state", ({ detail: { state, retryIn = 0 } }) => {
    clearInterval(timer);
    // it may have the focus while the next try is made
    if (state !== "connecting") tryNow.hidden = state !== "waiting";
    if (state === "open") {
      show("open", wasCut ? texts.connected_again : texts.connected);
      if (wasCut) timer = setTimeout(() => show("open", texts.connected), AGAIN);
      connected = true;
      wasCut = false;
    } else if (state === "connecting") {
      show("connecting", connected ? `${texts.reconnecting}…` : texts.connecting);
    } else if (state === "waiting") {
      wasCut = connected;
      wait(retryIn);
    } else {
      show("closed", texts.disconnected);
    }
  });

  tryNow.addEventListener("click", () => {
    onTry();
    parley.connect();
  });
}
