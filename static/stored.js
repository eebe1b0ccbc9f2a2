/// <reference lib="dom" />
/**
 * What the browser keeps for us. Where it keeps nothing all works but for the remembering.
 */

/**
 * The value under a key, whatever somebody else has made of it.
 *
 * @param {"localStorage" | "sessionStorage"} place
 * @param {string} key
 * @returns {unknown} `null`: nothing
 */
export function stored(place, key) {
  try {
    return JSON.parse(globalThis[place].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Keeps a value under a key.
 *
 * @param {"localStorage" | "sessionStorage"} place
 * @param {string} key
 * @param {unknown} value `null` forgets
 */
export function store(place, key, value) {
  try {
    if (value === null) globalThis[place].removeItem(key);
    else globalThis[place].setItem(key, JSON.stringify(value));
  } catch {
    // nothing is kept, no more
  }
}
