/**
 * The log as it is shown: the room's messages, our own on their way behind them, and the lines between.
 */

import { button, element } from "../element.js";
import { locale, texts } from "../texts.js";
import { LogLines } from "./log_lines.js";
import { goesOn, messageLine, showFailure, updateLine } from "./message_line.js";
import { Passing } from "./passing.js";

/** @import { Message } from "../client.js" */

/** The name of a day; without the year where that is this one. @param {Date} date */
function nameOfDay(date) {
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long", year });
}

/** The day, as `<time>` has it. @param {Date} date */
function isoDay(date) {
  const local = date.getTime() - date.getTimezoneOffset() * 60_000;
  return new Date(local).toISOString().slice(0, 10);
}

/** A line that nobody wants to hear in the midst of the talk. @param {string} className @param {...(Node | string)} content */
function silentLine(className, ...content) {
  const line = element("span", className, ...content);
  line.setAttribute("aria-live", "off");
  return line;
}

/** Builds the lines of the log; what it shows is told by others. */
export class LogView {
  #lines;
  #actions;
  /** @type {WeakMap<Element, Message>} */
  #messages = new WeakMap();
  /** @type {Map<Message, HTMLElement>} our messages on their way, each with its line */
  #sending = new Map();
  /** @type {{ seq: number, line: HTMLElement }[]} the numbered lines since the last renewal of the log */
  #numbered = [];
  #day = "";
  /** @type {{ line: HTMLElement, people: Passing } | null} who came and went, while that is the last line */
  #passing = null;
  /** @type {HTMLElement | null} */
  #unread = null;
  #unreadDue = false;

  /**
   * @param {HTMLElement} log
   * @param {{
   *   name: () => string | undefined,
   *   reason: (message: Message) => string,
   *   onAgain: (message: Message) => void,
   *   onDiscard: (message: Message, rewrite: boolean) => void,
   * }} actions our name, and what is done about messages that failed; `rewrite`: as it is it can never be said
   */
  constructor(log, actions) {
    this.#lines = new LogLines(log);
    this.#actions = actions;
  }

  /**
   * Shows a message of the room.
   *
   * @param {Message} message
   * @returns {HTMLElement} its line
   */
  showSent(message) {
    const sent = this.#sending.get(message);
    const line = sent ?? messageLine(message, this.#actions.name());
    const seq = message.seq ?? 0;
    // only a message of ours that was found late belongs in front of others
    let place = this.#numbered.length;
    while (place > 0 && (this.#numbered[place - 1]?.seq ?? 0) > seq) place--;
    const next = this.#numbered[place];
    this.#numbered.splice(place, 0, { seq, line });
    this.#sending.delete(message);
    this.#messages.set(line, message);
    if (next === undefined) {
      this.#between(message);
      if (sent === undefined) this.#lines.append(line);
      else this.#lines.settle(line);
      this.#passing = null;
    } else {
      if (sent !== undefined) this.#lines.remove(line);
      next.line.before(line);
    }
    if (sent !== undefined) updateLine(line, message);
    this.#group(line);
    const following = next?.line ?? this.#lines.sending[0];
    if (following !== undefined) this.#group(following);
    return line;
  }

  /** Lets go of the oldest lines, where there are too many. */
  shorten() {
    this.#lines.shorten();
    while (this.#numbered[0]?.line.isConnected === false) this.#numbered.shift();
  }

  /** Shows one of our messages as it stands now, behind all others. @param {Message} message */
  showSending(message) {
    const { onAgain, onDiscard, reason } = this.#actions;
    let line = this.#sending.get(message);
    if (line === undefined || message.status === "pending") {
      line ??= messageLine(message);
      this.#sending.set(message, line);
      this.#messages.set(line, message);
      this.#lines.appendSending(line);
      this.#group(line);
    }
    updateLine(line, message);
    if (message.status !== "failed") return;
    const shown = line;
    const discard = (rewrite = false) => {
      this.#sending.delete(message);
      this.#lines.remove(shown);
      for (const rest of this.#lines.sending) this.#group(rest);
      onDiscard(message, rewrite);
    };
    const again = message.error?.code === "too_big"
      ? button("small", texts.rewrite, () => discard(true))
      : button("small", texts.send_again, () => onAgain(message));
    const never = button("small", texts.discard, () => discard());
    showFailure(shown, reason(message), again, never);
  }

  /** Says that messages are missing here. @param {boolean} renewed whether the room's log began anew */
  showGap(renewed) {
    if (renewed) this.#numbered.length = 0;
    this.#append(element("span", "line-between gap", texts.gap, "\n"));
  }

  /** Whether to say in front of the next message of somebody else that it is new. @param {boolean} due */
  markUnread(due) {
    this.#unreadDue = due;
  }

  /** The line in front of what is new. */
  get unread() {
    return this.#unread;
  }

  /** What was new is not any more. */
  clearUnread() {
    this.#unreadDue = false;
    this.#unread?.remove();
    this.#unread = null;
  }

  /** Tells in one line who came and who went since the last message. @param {(people: Passing) => void} change */
  showPassing(change) {
    if (this.#passing === null) {
      const line = silentLine("passing");
      this.#append(line);
      this.#passing = { line, people: new Passing() };
    }
    const { line, people } = this.#passing;
    change(people);
    const text = people.text(texts);
    line.hidden = text === "";
    line.textContent = text === "" ? "" : `${text}\n`;
  }

  /** Puts what is due in front of a message. @param {Message} message */
  #between({ at, own }) {
    const date = new Date(at ?? NaN);
    if (!Number.isNaN(date.getTime())) this.#showDay(date);
    if (!this.#unreadDue || own) return;
    this.clearUnread();
    this.#unread = element("span", "line-between unread", texts.unread, "\n");
    this.#append(this.#unread);
  }

  /** Says which day begins, for who came and went just before too: the reader's clock may be wrong. @param {Date} date */
  #showDay(date) {
    const day = isoDay(date);
    if (day <= this.#day) return;
    this.#day = day;
    const time = element("time", "", nameOfDay(date));
    time.dateTime = day;
    const line = silentLine("day", time, "\n");
    if (this.#passing === null) this.#append(line);
    else this.#passing.line.before(line);
  }

  /** @param {HTMLElement} line */
  #append(line) {
    this.#passing = null;
    this.#lines.append(line);
  }

  /** Has a message stand with the one in front, where the same person goes on. @param {HTMLElement} line */
  #group(line) {
    const message = this.#messages.get(line);
    const before = this.#lines.before(line);
    const last = before && this.#messages.get(before);
    line.classList.toggle("follows", Boolean(message && last && goesOn(last, message)));
  }
}
