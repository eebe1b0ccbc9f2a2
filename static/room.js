/// <reference lib="dom" />
/**
 * The room page: shows what {@linkcode Parley} tells, and says what is typed.
 *
 * @module
 */

import { Parley } from "./client.js";

/** @import { Identity, Message } from "./client.js" */

/** So near to its end, in pixels, the log counts as read to the end and follows new messages. */
const NEAR_END = 48;

/** How many colours of names style.css has. */
const HUES = 8;

const log = /** @type {HTMLOutputElement} */ (document.querySelector("#chat-log"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("#chat-message-form"));
const input = /** @type {HTMLTextAreaElement} */ (document.querySelector("#chat-message-input"));
const stateLine = /** @type {HTMLElement} */ (document.querySelector("#chat-state"));
const connectButton = /** @type {HTMLButtonElement} */ (document.querySelector("#chat-connect"));
const countLine = /** @type {HTMLElement} */ (document.querySelector("#chat-count"));

const room = document.body.dataset.room ?? "";
const memory = `parley:${room}`;
const parley = new Parley(location.origin, room, remembered() ?? {});

/** @returns {Identity | null} who we were in this tab before a reload */
function remembered() {
  try {
    const { id, name, token } = JSON.parse(sessionStorage.getItem(memory) ?? "null");
    return typeof token === "string" ? { id: String(id), name: String(name), token } : null;
  } catch {
    return null;
  }
}

function remember() {
  try {
    sessionStorage.setItem(memory, JSON.stringify(parley.you));
  } catch {
    // without storage a reload is a new member, no more
  }
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} content
 */
function element(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}

// The log: one element a line. First what the room has, in its order, then our messages on their way.

/** @type {Map<Message, HTMLElement>} our messages on their way, each with its line */
const sending = new Map();

/** @type {{ seq: number, line: HTMLElement }[]} the numbered lines since the last renewal of the log */
const numbered = [];

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** @param {number} at */
function timeOf(at) {
  const date = new Date(at);
  const time = document.createElement("time");
  if (Number.isNaN(date.getTime())) return time;
  time.dateTime = date.toISOString();
  time.title = calendar.format(date);
  time.textContent = clock.format(date);
  return time;
}

/** @param {string} text always gives the same colour for the same text */
function hueOf(text) {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % HUES;
}

/**
 * The line of a message. Its text ends with a line break: the value of the log has a message a line.
 *
 * @param {Message} message
 */
function lineOf(message) {
  const head = element("span", "head");
  if (message.at !== undefined) head.append(timeOf(message.at), " ");
  const name = element("bdi", "name", message.name ?? (message.own ? "You" : "Guest"));
  if (message.from !== undefined) name.dataset.hue = String(hueOf(message.from));
  head.append(name, element("span", "visually-hidden", ": "));
  const text = element("span", "text", message.message);
  text.dir = "auto";
  const line = element("span", "message", head, text, "\n");
  line.classList.toggle("own", message.own);
  line.dataset.status = message.status;
  // drawn by the style sheet, and so no part of the log's text
  if (message.status === "pending") line.dataset.note = "sending…";
  if (message.status === "failed") line.append(failureOf(message), "\n");
  return line;
}

/** @param {Message} message */
function failureOf(message) {
  const again = /** @type {HTMLButtonElement} */ (element("button", "again", "Send again"));
  again.type = "button";
  again.addEventListener("click", () => {
    parley.retry(message);
    input.focus();
  });
  const reason = message.error?.detail || message.error?.code || "refused";
  return element("span", "failure", `Not sent: ${reason} `, again);
}

/** Shows one of our messages as it stands now, behind all others. @param {Message} message */
function showSending(message) {
  const line = lineOf(message);
  const shown = sending.get(message);
  if (shown !== undefined && message.status === "failed") {
    sending.set(message, line);
    shown.replaceWith(line);
    return;
  }
  shown?.remove();
  sending.delete(message);
  sending.set(message, line);
  log.append(line);
}

/** Puts a line behind what the room has said so far. @param {HTMLElement} line */
function append(line) {
  const [firstSending] = sending.values();
  log.insertBefore(line, firstSending ?? null);
}

/** @param {Message} message */
function showSent(message) {
  const line = lineOf(message);
  const seq = message.seq ?? 0;
  sending.get(message)?.remove();
  sending.delete(message);
  // only a message of ours that was found late belongs in front of others
  let place = numbered.length;
  while (place > 0 && (numbered[place - 1]?.seq ?? 0) > seq) place--;
  const next = numbered[place];
  if (next === undefined) append(line);
  else next.line.before(line);
  numbered.splice(place, 0, { seq, line });
}

/** Whether new lines are followed: not while the reader looks at older ones. */
let following = true;
let scrolling = false;
let lastTop = 0;

log.addEventListener("scroll", () => {
  const { scrollTop, scrollHeight, clientHeight } = log;
  // Lines may have come since what caused this event: only who moves up looks at older ones.
  if (scrollHeight - scrollTop - clientHeight < NEAR_END) following = true;
  else if (scrollTop < lastTop) following = false;
  lastTop = scrollTop;
}, { passive: true });

function follow() {
  if (!following || scrolling) return;
  scrolling = true;
  // once for all lines that one frame of the server brought
  requestAnimationFrame(() => {
    scrolling = false;
    log.scrollTop = log.scrollHeight;
  });
}

// a keyboard on the screen, a longer message: the end stays in sight
new ResizeObserver(follow).observe(log);

parley.addEventListener("message", ({ detail }) => {
  showSent(detail);
  follow();
});

parley.addEventListener("pending", ({ detail }) => {
  following = true;
  showSending(detail);
  follow();
});

parley.addEventListener("failed", ({ detail }) => {
  showSending(detail);
  follow();
});

parley.addEventListener("gap", ({ detail }) => {
  if (detail.renewed) numbered.length = 0;
  append(element("span", "line-between", "Some messages are missing here", "\n"));
  follow();
});

// The connection and the people

/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

/**
 * @param {string} state
 * @param {...(Node | string)} content
 */
function showState(state, ...content) {
  stateLine.dataset.state = state;
  stateLine.replaceChildren(...content);
}

/** @param {number} retryIn */
function showWaiting(retryIn) {
  const until = performance.now() + retryIn;
  // only the change of state is read out, not each second of it
  const seconds = document.createElement("span");
  seconds.ariaHidden = "true";
  const tick = () => {
    const left = Math.max(1, Math.ceil((until - performance.now()) / 1000));
    seconds.textContent = ` in ${left} s`;
  };
  tick();
  countdown = setInterval(tick, 250);
  showState("waiting", navigator.onLine ? "Reconnecting" : "Offline, trying again", seconds);
}

let connectedOnce = false;

parley.addEventListener("state", ({ detail }) => {
  clearInterval(countdown);
  connectButton.hidden = detail.state !== "waiting";
  if (detail.state === "open") {
    connectedOnce = true;
    showState("open", "Connected");
  } else if (detail.state === "connecting") {
    showState("connecting", connectedOnce ? "Reconnecting…" : "Connecting…");
  } else if (detail.state === "waiting") {
    showWaiting(detail.retryIn ?? 0);
  } else {
    showState("closed", "Disconnected");
  }
});

connectButton.addEventListener("click", () => {
  // the button goes away: whoever used it writes on
  input.focus();
  parley.connect();
});

parley.addEventListener("welcome", remember);
parley.addEventListener("name", remember);

parley.addEventListener("count", ({ detail }) => {
  countLine.textContent = `${detail.count.toLocaleString()} here`;
});

// Writing

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value;
  input.focus();
  if (text.trim() === "") return;
  input.value = "";
  parley.send(text);
});

input.addEventListener("keydown", (event) => {
  // 229: Safari tells the Enter that ends a composition only so
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

// a page kept for the back button must not hold a connection
addEventListener("pagehide", () => void parley.close());
addEventListener("pageshow", (event) => {
  if (event.persisted) parley.connect();
});

input.focus();
parley.connect();
