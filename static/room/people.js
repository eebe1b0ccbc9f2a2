/**
 * Who is here: the count in the bar, and the list beside the talk, or over it where there is no room.
 */

import { element, find } from "../element.js";
import { texts } from "../texts.js";
import { nameElement } from "./message_line.js";

/** @import { Member, Parley } from "../client.js" */

const order = new Intl.Collator(undefined, { numeric: true });

/** @param {Parley} parley */
export function showPeople(parley) {
  const panel = find("#people", HTMLElement);
  const toggle = find("#people-toggle", HTMLButtonElement);
  const closeButton = find("#people-close", HTMLButtonElement);
  const list = find("#people-list", HTMLElement);
  const many = find("#people-many", HTMLElement);
  const countLine = find("#chat-count", HTMLElement);
  // where style.css has room for the list beside the talk
  const wide = matchMedia("(min-width: 48rem)");
  let count = 0;
  let drawing = false;

  /** @param {Member} member */
  const item = ({ id, name }) => {
    const own = id === parley.you?.id;
    const itself = own ? [" ", element("span", "quiet-line", texts.itself)] : [];
    return element("li", "", nameElement(name), ...itself);
  };

  const draw = () => {
    drawing = false;
    const you = parley.you?.id;
    const members = [...parley.members.values()].sort((a, b) =>
      Number(b.id === you) - Number(a.id === you) || order.compare(a.name, b.name)
    );
    list.replaceChildren(...members.map(item));
    many.hidden = members.length > 0 || count === 0;
  };

  const drawSoon = () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(draw);
  };

  parley.addEventListener("count", ({ detail }) => {
    count = detail.count;
    // what stands behind the number is left out where there is little room
    const [number = "", rest = ""] = texts.here(count).split(/(?<=\d)(?=\D*$)/);
    countLine.replaceChildren(number, element("span", "", rest));
    drawSoon();
  });
  for (const type of /** @type {const} */ (["welcome", "join", "leave", "name"])) {
    parley.addEventListener(type, drawSoon);
  }

  const isOpen = () => (document.body.dataset.people ?? (wide.matches ? "open" : "")) === "open";
  const tell = () => toggle.ariaExpanded = String(isOpen());

  /** @param {boolean} open */
  const setOpen = (open) => {
    document.body.dataset.people = open ? "open" : "closed";
    tell();
  };

  const closeAgain = () => {
    const inside = panel.contains(document.activeElement);
    setOpen(false);
    if (inside) toggle.focus();
  };

  toggle.addEventListener("click", () => {
    setOpen(!isOpen());
    // over the talk, whoever uses the keyboard goes on in the list
    if (isOpen() && !wide.matches) closeButton.focus();
  });
  closeButton.addEventListener("click", closeAgain);
  // over the talk it goes away like a menu
  document.addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing && !wide.matches) closeAgain();
  });
  for (const type of ["pointerdown", "focusin"]) {
    document.addEventListener(type, ({ target }) => {
      if (!(target instanceof Node) || wide.matches || !isOpen()) return;
      if (!panel.contains(target) && !toggle.contains(target)) setOpen(false);
    });
  }
  wide.addEventListener("change", () => {
    delete document.body.dataset.people;
    tell();
  });
  tell();
}
