/**
 * Keeps the end of the log in sight while its reader is there, and counts what comes while the reader looks back.
 */

import { texts } from "../texts.js";

/** So near to its end, in pixels, the log follows new lines. */
const NEAR_END = 48;

/** A scroll that was under way comes in so many ms after a jump to the end. */
const LEFT_OVER = 200;

/** Follows the end of a log. */
export class Following {
  #log;
  #newest;
  #onLookBack;
  #following = true;
  #scrolling = false;
  #jumpedAt = -LEFT_OVER;
  #lastTop = 0;
  #lastHeight = 0;
  #unseen = 0;

  /**
   * @param {HTMLElement} log
   * @param {HTMLButtonElement} newest leads to the end
   * @param {() => void} onLookBack the reader is about to leave the end, which was seen
   */
  constructor(log, newest, onLookBack) {
    this.#log = log;
    this.#newest = newest;
    this.#onLookBack = onLookBack;
    log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // a pointer leaves the focus where it was: whoever writes goes on
    newest.addEventListener("mousedown", (event) => event.preventDefault());
    newest.addEventListener("click", () => {
      // the button goes away: whoever came to it by keys reads on
      if (document.activeElement === newest) log.focus({ preventScroll: true });
      this.toEnd();
    });
    // a keyboard on the screen, a longer message in the box, a note at a line
    new ResizeObserver(() => this.#follow()).observe(log);
    log.addEventListener("animationend", () => this.#follow());
  }

  /** Whether the end is in sight. */
  get atEnd() {
    return this.#following;
  }

  /** A line has come. @param {boolean} counts whether it is something to read */
  added(counts) {
    if (this.#following) return this.#follow();
    if (counts) this.#unseen++;
    this.#show();
  }

  /** Goes to the end, and follows from there. */
  toEnd() {
    this.#following = true;
    this.#show();
    // at once: a scroll upwards that is still under way ends here
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#jumpedAt = performance.now();
    this.#follow();
  }

  /** Goes back to a line out of sight above, for who follows the end, and stays there. @param {HTMLElement} line */
  backTo(line) {
    // in the next frame: the click that brings a reader back meets what was seen
    requestAnimationFrame(() => {
      const above = line.getBoundingClientRect().top - this.#log.getBoundingClientRect().top;
      if (!this.#following || above >= 0 || !line.isConnected) return;
      this.#following = false;
      this.#log.scrollTop += above;
      this.#show();
    });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    // Lines have another height once drawn: only who moves up by more than the log became shorter looks back.
    const up = performance.now() - this.#jumpedAt < LEFT_OVER ? 0 : this.#lastTop - scrollTop;
    if (atEnd) this.#following = true;
    else if (this.#following && up > Math.max(0, this.#lastHeight - scrollHeight)) {
      this.#onLookBack();
      this.#following = false;
    }
    this.#lastTop = scrollTop;
    this.#lastHeight = scrollHeight;
    this.#show();
    if (!atEnd) this.#follow();
  }

  #show() {
    if (this.#following) this.#unseen = 0;
    const label = this.#unseen > 0 ? texts.new_messages(this.#unseen) : texts.to_newest;
    if (this.#newest.textContent !== label) this.#newest.textContent = label;
    this.#newest.classList.toggle("counts", this.#unseen > 0);
    this.#newest.hidden = this.#following;
  }

  #follow() {
    if (!this.#following || this.#scrolling) return;
    this.#scrolling = true;
    // once for all lines of one frame
    requestAnimationFrame(() => {
      this.#scrolling = false;
      if (this.#following) this.#log.scrollTop = this.#log.scrollHeight;
    });
  }
}
