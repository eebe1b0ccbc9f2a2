/**
 * Whether somebody looks at the page; title and icon say how much came while nobody did.
 */

import { find } from "../element.js";

/** The count that no badge has room for. */
const MANY = 100;

/** Whether the page is seen, and what was said while it was not. */
export class Attention {
  #title = document.title;
  #icon = find('link[rel="icon"]', HTMLLinkElement);
  #iconAddress = this.#icon.href;
  #away = isAway();
  #unread = 0;

  /** @param {{ onLeave: () => void, onReturn: () => void }} listeners */
  constructor({ onLeave, onReturn }) {
    const look = () => {
      const away = isAway();
      if (away === this.#away) return;
      this.#away = away;
      if (away) return onLeave();
      this.#count(0);
      onReturn();
    };
    addEventListener("focus", look);
    addEventListener("blur", look);
    document.addEventListener("visibilitychange", look);
  }

  /** Whether nobody looks at the page. */
  get away() {
    return this.#away;
  }

  /** Something was said; it counts while nobody looks. */
  add() {
    if (this.#away) this.#count(this.#unread + 1);
  }

  /** @param {number} unread */
  #count(unread) {
    if (unread === this.#unread) return;
    this.#unread = unread;
    document.title = unread === 0 ? this.#title : `(${unread}) ${this.#title}`;
    this.#icon.href = unread === 0 ? this.#iconAddress : badge(unread);
  }
}

function isAway() {
  return document.hidden || !document.hasFocus();
}

/** An icon that is a number. @param {number} count */
function badge(count) {
  const text = count < MANY ? String(count) : "99+";
  const size = [44, 40, 28][text.length - 1];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="16" fill="#0f5f63"/><circle cx="32" cy="32" r="29" fill="#f6b26b"/>
<text x="32" y="33" font-family="sans-serif" font-size="${size}" font-weight="700" fill="#12191b"
text-anchor="middle" dominant-baseline="central">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
