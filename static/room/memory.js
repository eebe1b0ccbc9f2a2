/**
 * What a reload must not lose, in this tab only: who we are in the room, what is being written and what is not said yet.
 */

import { store, stored } from "../stored.js";

/** @import { Identity, Message, ParleyOptions } from "../client.js" */

/** The name last chosen, in any room. */
const NAME = "parley:name";

/** The memory of one room. */
export class RoomMemory {
  #you;
  #draft;
  #unsent;

  /** @param {string} room */
  constructor(room) {
    this.#you = `parley:you:${room}`;
    this.#draft = `parley:draft:${room}`;
    this.#unsent = `parley:unsent:${room}`;
  }

  /** @returns {ParleyOptions} what a new connection needs to be the same member, with the same to say */
  options() {
    const you = /** @type {Partial<Identity> | null} */ (stored("sessionStorage", this.#you));
    const unsent = stored("sessionStorage", this.#unsent);
    /** @type {ParleyOptions} */
    const options = {};
    if (typeof you?.token === "string") {
      Object.assign(options, { id: String(you.id), name: String(you.name), token: you.token });
    } else {
      const name = stored("localStorage", NAME);
      if (typeof name === "string") options.name = name;
    }
    const outbox = Array.isArray(unsent) ? unsent.filter(isUnsent) : [];
    if (outbox.length > 0) options.outbox = outbox;
    return options;
  }

  /** @param {Identity | null} you */
  keepIdentity(you) {
    store("sessionStorage", this.#you, you);
  }

  /** @param {readonly Message[]} outbox */
  keepUnsent(outbox) {
    const unsent = outbox.map(({ message, ref, at }) => ({ message, ref, at }));
    store("sessionStorage", this.#unsent, unsent.length === 0 ? null : unsent);
  }

  /** Remembers a name for all rooms. @param {string} name */
  keepName(name) {
    store("localStorage", NAME, name);
  }

  /** What was being written. */
  get draft() {
    const draft = stored("sessionStorage", this.#draft);
    return typeof draft === "string" ? draft : "";
  }

  set draft(text) {
    store("sessionStorage", this.#draft, text === "" ? null : text);
  }
}

/** @param {any} kept */
function isUnsent(kept) {
  return typeof kept?.message === "string" && typeof kept.ref === "string";
}
