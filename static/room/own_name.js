/// <reference lib="dom" />
/**
 * The field of our own name: changed in place, and what is wrong with it is said there.
 *
 * @module
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** @import { Parley, Refusal } from "../client.js" */

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
  let shown = "";

  /** @param {string} text @param {boolean} [wrong] */
  const say = (text, wrong = false) => {
    note.textContent = text;
    note.classList.toggle("wrong", wrong);
    input.ariaInvalid = String(wrong);
  };

  /** Shows our name, unless another is being written. */
  const show = () => {
    if (input.value !== shown) return;
    input.value = shown = parley.you?.name ?? "";
  };

  /** @param {Refusal} error */
  const reasonOf = ({ code, detail }) => {
    if (code === "name_taken") return texts.refused_name_taken;
    if (code === "bad_name") return texts.refused_bad_name(parley.limits.name_length);
    return detail || code;
  };

  /** @param {Refusal} error */
  const refuse = (error) => {
    wanted = null;
    say(reasonOf(error), true);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name === parley.you?.name) return say("");
    if (name === "") return say(texts.refused_bad_name(parley.limits.name_length), true);
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
      input.value = shown = parley.you?.name ?? "";
      say("");
    }
  });

  input.addEventListener("input", () => say(""));

  const settle = () => {
    const name = parley.you?.name;
    if (wanted !== null && name !== undefined) {
      wanted = null;
      input.value = shown = name;
      onChosen(name);
      say(texts.name_changed(name));
    }
    show();
  };

  parley.addEventListener("name", ({ detail }) => {
    if (detail.own) settle();
  });
  // a name that was asked for on the way of a reconnect has its answer in the welcome
  parley.addEventListener("welcome", ({ detail: { you } }) => {
    if (wanted === null || you.name === wanted) return settle();
    // taken: the server has put a number behind it
    if (you.name.startsWith(`${wanted} `)) refuse({ code: "name_taken", detail: "" });
  });
  parley.addEventListener("error", ({ detail }) => {
    if (wanted !== null && ["bad_name", "name_taken"].includes(detail.code)) refuse(detail);
  });
}
