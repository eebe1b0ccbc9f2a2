/**
 * A message as it stands in the log.
 */

import { element } from "../element.js";
import { locale, texts } from "../texts.js";
import { piecesOf } from "./message_text.js";

/** @import { Message } from "../client.js" */
/** @import { Piece } from "./message_text.js" */

/** How many colours names have. */
const HUES = 8;

/** Messages of one person within this time, in ms, stand together. */
const TOGETHER = 300_000;

const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });

/** A name, always in the same colour. @param {string} name */
export function nameElement(name) {
  // FNV-1a, its bits mixed once more: names that differ little are to differ in colour
  let hash = 0x811c9dc5;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const shown = element("bdi", "name", name);
  shown.style.setProperty("--hue", String((hash >>> 24) % HUES * 360 / HUES));
  return shown;
}

/** The name that stands at a message. @param {Message} message */
export function nameAt({ name, own }) {
  return name ?? (own ? texts.you : texts.guest);
}

/** Whether a message goes on with what the same person said just before. @param {Message} before @param {Message} message */
export function goesOn(before, message) {
  return before.own === message.own && before.from === message.from &&
    before.name === message.name &&
    before.at !== undefined && message.at !== undefined &&
    Math.abs(message.at - before.at) < TOGETHER;
}

/**
 * The line of a message. Its text ends with a line break: the value of the log has a message a line.
 *
 * @param {Message} message
 * @param {string} [name] our own: where somebody else says it, the message stands out
 */
export function messageLine(message, name) {
  const pieces = piecesOf(message.message, message.own ? undefined : name);
  const head = element("span", "head", element("time", ""), " ", nameElement(nameAt(message)));
  head.append(element("span", "visually-hidden", ": "));
  const text = element("span", "text", ...pieces.map(nodeOf));
  text.dir = "auto";
  const line = element("span", "message", head, text, "\n");
  if (message.own) line.classList.add("own");
  if (pieces.some(({ kind }) => kind === "mention")) line.classList.add("mentions");
  updateLine(line, message);
  return line;
}

/** Has the line of a message say how it stands now. @param {HTMLElement} line @param {Message} message */
export function updateLine(line, message) {
  line.dataset.status = message.status;
  // drawn by the style sheet, and so no part of the log's text
  if (message.status === "pending") line.dataset.note = texts.sending;
  else delete line.dataset.note;
  if (message.status !== "failed") line.querySelector(".failure")?.remove();
  const time = line.querySelector("time");
  const date = new Date(message.at ?? NaN);
  if (time === null || Number.isNaN(date.getTime())) return;
  time.dateTime = date.toISOString();
  time.title = calendar.format(date);
  // what is the same is left alone: a screen reader would say it again
  const shown = clock.format(date);
  if (time.textContent !== shown) time.textContent = shown;
}

/**
 * Says at the line why its message failed.
 *
 * @param {HTMLElement} line
 * @param {string} reason
 * @param {...HTMLElement} buttons what can be done
 */
export function showFailure(line, reason, ...buttons) {
  line.querySelector(".failure")?.remove();
  line.append(
    element(
      "span",
      "failure",
      texts.not_sent(reason),
      ...buttons.flatMap((made) => [" ", made]),
      "\n",
    ),
  );
}

/** @param {Piece} piece */
function nodeOf({ kind, text }) {
  switch (kind) {
    case "text":
      return document.createTextNode(text);
    case "link": {
      const link = element("a", "", text);
      link.href = text;
      link.target = "_blank";
      link.rel = "noopener nofollow ugc";
      return link;
    }
    case "code":
    case "block":
      return element("code", kind, text);
    case "mention":
      return element("mark", "", text);
    case "mark":
      return element("span", "mark", text);
  }
}
