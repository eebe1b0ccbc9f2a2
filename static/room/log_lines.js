/**
 * The lines of the log, in stretches: of those out of sight nothing is laid out, so that thousands scroll like a few.
 */

import { element } from "../element.js";

/** Lines in a stretch. */
const LENGTH = 100;

/** Stretches that are kept: a page left open for weeks would take ever more memory. */
const MOST = 100;

/** Lines that are told by the room, and behind them those of our messages on their way. */
export class LogLines {
  #log;
  #stretch = element("span", "stretch");
  #length = 0;
  /** @type {Set<HTMLElement>} the lines at the end, in order */
  #sending = new Set();

  /** @param {HTMLElement} log */
  constructor(log) {
    this.#log = log;
    log.append(this.#stretch);
  }

  /** Puts a line behind what the room has said so far. @param {HTMLElement} line */
  append(line) {
    if (this.#length >= LENGTH) this.#begin();
    this.#length++;
    const [first] = this.#sending;
    this.#stretch.insertBefore(line, first ?? null);
  }

  /** Puts a line of our own behind all others. @param {HTMLElement} line */
  appendSending(line) {
    if (this.#length >= LENGTH) this.#begin();
    this.#sending.delete(line);
    this.#sending.add(line);
    this.#stretch.append(line);
  }

  /**
   * Has a line of our own be said by the room. Where it stands already it stays: a screen reader would read it again.
   *
   * @param {HTMLElement} line
   */
  settle(line) {
    const [first] = this.#sending;
    this.#sending.delete(line);
    if (line === first) this.#length++;
    else this.append(line);
  }

  /** @param {HTMLElement} line one of our own that will not be said */
  remove(line) {
    this.#sending.delete(line);
    line.remove();
  }

  /** Lets go of the oldest lines, where there are too many. */
  shorten() {
    while (this.#log.childElementCount > MOST) this.#log.firstElementChild?.remove();
  }

  /** The line that is seen in front, if there is one. @param {Element} line @returns {Element | null} */
  before(line) {
    const before = line.previousElementSibling ??
      line.parentElement?.previousElementSibling?.lastElementChild ?? null;
    return before instanceof HTMLElement && before.hidden ? this.before(before) : before;
  }

  /** @returns {HTMLElement[]} our own that are not said yet, in order */
  get sending() {
    return [...this.#sending];
  }

  #begin() {
    this.#stretch.classList.add("full");
    this.#stretch = element("span", "stretch", ...this.#sending);
    this.#length = 0;
    this.#log.append(this.#stretch);
  }
}
