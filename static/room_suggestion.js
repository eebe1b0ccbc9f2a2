/**
 * Names for new rooms: speakable in most languages, and not to be guessed.
 */

const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

/** Words in a name. */
const WORDS = 4;

/**
 * A random name like `lusab-babad-gutih-tugad`: four proquints (D. S. Wilkerson, "A Proposal for Proquints",
 * arXiv:0901.4016). Each is consonant, vowel, consonant, vowel, consonant, of 16 and 4 letters, and so 4 + 2 + 4 + 2 + 4
 * = 16 bits. A name has 64 bits: who tries a million names a second finds a given one in 290,000 years on average.
 *
 * @param {Uint16Array} [random] 16 random bits for each word
 * @returns {string}
 */
export function suggestRoom(random = crypto.getRandomValues(new Uint16Array(WORDS))) {
  return Array.from(random, proquint).join("-");
}

/** @param {number} bits 16 of them */
function proquint(bits) {
  const consonant = (/** @type {number} */ at) => CONSONANTS[bits >> at & 15];
  const vowel = (/** @type {number} */ at) => VOWELS[bits >> at & 3];
  return [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].join("");
}
