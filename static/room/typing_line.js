/**
 * Says who is typing.
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley } from "../client.js" */

/** Who is typing says so about every 2 s; so long, in ms, it is believed. */
const BELIEVED = 5_000;

/** @param {Parley} parley */
export function showTyping(parley) {
  const line = find("#chat-typing", HTMLElement);
  /** @type {Map<string, { name: string, timer: ReturnType<typeof setTimeout> }>} */
  const typing = new Map();

  const show = () => {
    const [one, two, third] = [...typing.values()].map(({ name }) => name);
    if (one === undefined) line.textContent = "";
    else if (two === undefined) line.textContent = texts.typing_one(one);
    else if (third === undefined) line.textContent = texts.typing_two(one, two);
    else line.textContent = texts.typing_several;
  };

  /** @param {string | undefined} id */
  const stop = (id) => {
    const entry = typing.get(id ?? "");
    if (id === undefined || entry === undefined) return;
    clearTimeout(entry.timer);
    typing.delete(id);
    show();
  };

  parley.addEventListener("typing", ({ detail: { id, name = texts.guest } }) => {
    if (id === parley.you?.id) return;
    clearTimeout(typing.get(id)?.timer);
    typing.set(id, { name, timer: setTimeout(() => stop(id), BELIEVED) });
    show();
  });
  parley.addEventListener("message", ({ detail }) => stop(detail.from));
  parley.addEventListener("leave", ({ detail }) => stop(detail.id));
  parley.addEventListener("state", () => {
    for (const id of [...typing.keys()]) stop(id);
  });
}
