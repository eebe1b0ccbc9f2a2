/**
 * The field of our own name: changed in place, and what is wrong with it is said there.
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley } from "../client.js" */

/**
 * @param {Parley} parley
 * @param {(name: string) => void} onChosen a chosen name is ours
 */
export function editOwnName(parley, onChosen) {
  const form = find("#name-form", HTMLFormElement);
  const input = find("#name-input", HTMLInputElement);
  const note = find("#name-note", HTMLElement);
  /** @type {string | null} */
  let wanted = null;
  /** @type {string | undefined} */
  let known;
  let shown = "";

  /** @param {string} text @param {boolean} [wrong] */
  const say = (text, wrong = false) => {
    note.textContent = text;
    note.classList.toggle("wrong", wrong);
    input.ariaInvalid = String(wrong);
  };

  const show = () => input.value = shown = parley.you?.name ?? "";

  const reset = () => {
    show();
    say("");
  };

  /** @param {string} code @param {string} [detail] for a reason that is not known here */
  const refuse = (code, detail = code) => {
    wanted = null;
    say(reasonOf(code, parley.limits.name_length) ?? detail, true);
  };

  form.addEventListener("submit", () => {
    // as the server tidies it
    const name = input.value.normalize("NFC").replace(/\s+/gu, " ").trim();
    if (name === parley.you?.name && wanted === null) return say("");
    if (name === "") return refuse("name_empty");
    wanted = name;
    say(parley.state === "open" ? "" : texts.name_waits);
    parley.rename(name);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      reset();
    }
  });

  input.addEventListener("input", () => say(""));

  // Safari gives a button no focus: the name would be left before it is asked for
  form.addEventListener("mousedown", (event) => {
    if (event.target !== input) event.preventDefault();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    // whoever looks at another window is still here
    const next = document.activeElement === input ? input : relatedTarget;
    if (wanted === null && !form.contains(/** @type {Node | null} */ (next))) reset();
  });

  /** @param {string} name ours from now on */
  const settle = (name) => {
    if (wanted !== null) {
      wanted = null;
      input.value = shown = name;
      onChosen(name);
      say(texts.name_changed(name));
    } else if (known !== undefined && name !== known) {
      say(texts.name_changed(name));
    } else if (input.ariaInvalid !== "true") {
      say("");
    }
    known = name;
    // unless another is being written
    if (input.value === shown) show();
  };

  parley.addEventListener("name", ({ detail }) => {
    if (detail.own) settle(detail.name);
  });
  // a name that was asked for on the way of a reconnect has its answer in the welcome
  parley.addEventListener("welcome", ({ detail: { you } }) => {
    if (wanted === null || you.name === wanted) settle(you.name);
    // asked for once more, it is answered with the reason
    else parley.rename(wanted);
  });
  parley.addEventListener("error", ({ detail }) => {
    const { code } = detail;
    if (wanted !== null && code.includes("name")) refuse(code, detail.detail);
  });
}

/** @param {string} code @param {number} most the length that a name may have @returns {string | undefined} in words */
function reasonOf(code, most) {
  switch (code) {
    case "name_empty":
    case "name_characters":
    case "name_taken":
      return texts[/** @type {const} */ (`refused_${code}`)];
    case "name_too_long":
      return texts.refused_name_too_long(most);
    default:
      return undefined;
  }
}
