/**
 * The box that messages are written in.
 */

import { find, focusFirst } from "../element.js";
import { texts } from "../texts.js";
import { hint } from "./hint.js";

/** @import { Limits } from "../client.js" */
/** @import { RoomMemory } from "./memory.js" */

/** From this part of the limit on, it is said how much is left. */
const NEAR_LIMIT = 0.8;

const encoder = new TextEncoder();

/** The message box: keeps what is written, and gives it out when it is to be said. */
export class Composer {
  #form = find("#chat-message-form", HTMLFormElement);
  #input = find("#chat-message-input", HTMLTextAreaElement);
  #submit = find("#chat-message-submit", HTMLButtonElement);
  #counter = find("#chat-counter", HTMLElement);
  #memory;
  #limits;

  /**
   * @param {{
   *   memory: RoomMemory,
   *   limits: () => Readonly<Limits>,
   *   onSend: (text: string) => void,
   *   onTyping: () => void,
   * }} room
   */
  constructor({ memory, limits, onSend, onTyping }) {
    this.#memory = memory;
    this.#limits = limits;
    const input = this.#input;
    // what stands there was typed before this script came
    input.value = memory.draft + input.value;
    // by its method the form leads nowhere, also before this script is there
    this.#form.addEventListener("submit", () => {
      const text = input.value;
      this.focus();
      if (this.#submit.disabled) return hint(texts.not_sent(texts.refused_too_big));
      input.value = "";
      this.#changed();
      if (text.trim() !== "") onSend(text);
    });
    input.addEventListener("keydown", (event) => {
      // 229: Safari tells the Enter that ends a composition only so
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) {
        return;
      }
      event.preventDefault();
      this.#form.requestSubmit();
    });
    input.addEventListener("input", () => {
      this.#changed();
      if (input.value.trim() !== "") onTyping();
    });
    this.#changed();
    focusFirst(input);
  }

  /** Puts a message back into the box, in front of what is written there. @param {string} text */
  takeBack(text) {
    const input = this.#input;
    input.value = input.value === "" ? text : `${text}\n${input.value}`;
    this.#changed();
  }

  /** Goes on writing. */
  focus() {
    this.#input.focus();
  }

  /** The limits have come, or changed. */
  count() {
    const { message_bytes: most } = this.#limits();
    const text = this.#input.value;
    let note = "";
    let over = 0;
    // a UTF-16 unit is at most 3 bytes, so most messages need no counting
    if (most > 0 && text.length * 3 > most * NEAR_LIMIT) {
      const { read, written } = encoder.encodeInto(text, new Uint8Array(most));
      over = [...text.slice(read)].length;
      // people count characters: so many more like those before
      const left = Math.floor((most - written) / written * [...text].length);
      if (over > 0) note = texts.too_long(over);
      else if (written > most * NEAR_LIMIT) note = texts.characters_left(left);
    }
    if (this.#counter.textContent !== note) this.#counter.textContent = note;
    this.#counter.classList.toggle("wrong", over > 0);
    this.#input.ariaInvalid = String(over > 0);
    this.#submit.disabled = over > 0;
  }

  #changed() {
    this.#memory.draft = this.#input.value;
    this.count();
    if (CSS.supports("field-sizing", "content")) return;
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
  }
}
