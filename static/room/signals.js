/**
 * Sound and notification for what is said while nobody looks: off until switched on in this browser.
 */

import { find } from "../element.js";
import { store, stored } from "../stored.js";
import { texts } from "../texts.js";

const SOUND = "parley:sound";
const NOTIFY = "parley:notify";

/** Two soft notes: their frequencies in Hz, and when they begin, in s. */
const NOTES = [[660, 0], [880, 0.11]];

/** Sound and notification, and their switches. */
export class Signals {
  #sound = find("#chat-sound", HTMLInputElement);
  #notify = find("#chat-notify", HTMLInputElement);
  #error = find("#chat-notify-error", HTMLElement);
  /** @type {AudioContext | null} */
  #audio = null;

  constructor() {
    this.#sound.checked = stored("localStorage", SOUND) === true;
    this.#notify.checked = stored("localStorage", NOTIFY) === true && permission() === "granted";
    this.#sound.addEventListener("change", () => {
      store("localStorage", SOUND, this.#sound.checked || null);
      if (this.#sound.checked) this.#play();
    });
    this.#notify.addEventListener("change", () => void this.#switchNotify());
    // browsers play nothing before somebody has done something on the page
    addEventListener("pointerdown", () => this.#wake(), { once: true });
    addEventListener("keydown", () => this.#wake(), { once: true });
  }

  /**
   * Something was said while nobody looked.
   *
   * @param {string} title
   * @param {string} text
   */
  give(title, text) {
    if (this.#sound.checked) this.#play();
    if (!this.#notify.checked || permission() !== "granted") return;
    try {
      const notification = new Notification(title, {
        body: text.slice(0, 200),
        tag: location.pathname,
      });
      notification.addEventListener("click", () => {
        focus();
        notification.close();
      });
    } catch {
      // some browsers on phones have them for installed applications alone
    }
  }

  async #switchNotify() {
    let wanted = this.#notify.checked;
    if (wanted && permission() === "default") await Notification.requestPermission();
    const refused = wanted && permission() !== "granted";
    if (refused) wanted = this.#notify.checked = false;
    this.#error.textContent = refused ? texts.notify_denied : "";
    store("localStorage", NOTIFY, wanted || null);
  }

  #wake() {
    if (this.#sound.checked) this.#audio ??= new AudioContext();
    return this.#audio?.resume();
  }

  #play() {
    void this.#wake();
    const audio = this.#audio;
    if (audio?.state === "closed" || audio === null) return;
    for (const [frequency = 0, after = 0] of NOTES) {
      const start = audio.currentTime + after;
      const tone = new OscillatorNode(audio, { frequency });
      const volume = new GainNode(audio, { gain: 0 });
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.12, start + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.32);
    }
  }
}

/** Pages without TLS have no notifications. @returns {NotificationPermission} */
function permission() {
  return globalThis.Notification?.permission ?? "denied";
}
