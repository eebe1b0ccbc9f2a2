/**
 * The rooms last visited and how far each was read, in this browser only.
 */

import { store, stored } from "./stored.js";

/**
 * @typedef {object} Visit
 * @property {string} room
 * @property {string} [epoch] With `seq`: the last message that was read.
 * @property {number} [seq]
 */

const KEY = "parley:rooms";

/** So many are remembered. */
const MOST = 12;

/** @returns {Visit[]} the last one first */
export function visits() {
  const kept = stored("localStorage", KEY);
  return Array.isArray(kept) ? kept.filter((visit) => typeof visit?.room === "string") : [];
}

/** @param {string} room @returns {Visit | undefined} */
export function visitOf(room) {
  return visits().find((visit) => visit.room === room);
}

/**
 * Puts a visit in front; what is not said anew of the room stays as it was.
 *
 * @param {Visit} visit
 */
export function remember(visit) {
  const others = visits().filter(({ room }) => room !== visit.room);
  const kept = { ...visitOf(visit.room), ...visit };
  store("localStorage", KEY, [kept, ...others].slice(0, MOST));
}

/** @param {string} [forgotten] without it: all */
export function forget(forgotten) {
  const kept = forgotten === undefined ? [] : visits().filter(({ room }) => room !== forgotten);
  store("localStorage", KEY, kept.length === 0 ? null : kept);
}
