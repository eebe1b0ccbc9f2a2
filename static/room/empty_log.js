/**
 * What stands in the log's place while there is nothing to read, with a way to invite.
 */

import { button, element, find } from "../element.js";
import { texts } from "../texts.js";

/** The place of a log without messages; it is no part of the log. */
export class EmptyLog {
  #log;
  #onLeave;
  #place = find("#chat-empty", HTMLElement);

  /**
   * @param {HTMLElement} log
   * @param {() => void} onLeave the focus is here, and cannot stay
   */
  constructor(log, onLeave) {
    this.#log = log;
    this.#onLeave = onLeave;
  }

  /** The log, as complete as it can be, has changed. @param {boolean} talked whether something was ever said here */
  show(talked) {
    const place = this.#place;
    const empty = this.#log.querySelector(".message, .gap") === null;
    if (empty === place.hasChildNodes()) return;
    if (place.contains(document.activeElement)) this.#onLeave();
    place.replaceChildren();
    if (!empty) return;
    const invite = button("quiet", texts.invite_somebody, () => {});
    invite.popoverTargetElement = find("#share", HTMLElement);
    place.append(element("p", "", talked ? texts.nothing_kept : texts.nothing_said), invite);
  }
}
