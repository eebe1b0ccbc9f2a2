/**
 * Who came, who went and who has another name, in one short text.
 */

/** Folds comings and goings: who came and went again is not told. */
export class Passing {
  /** @type {Map<string, string>} names by id, as in the others */
  #joined = new Map();
  /** @type {Map<string, string>} */
  #left = new Map();
  /** @type {Map<string, { before: string, name: string, own: boolean }>} */
  #renamed = new Map();

  /** @param {string} id @param {string} name */
  join(id, name) {
    if (!this.#left.delete(id)) this.#joined.set(id, name);
  }

  /** @param {string} id @param {string} name */
  leave(id, name) {
    if (!this.#joined.delete(id)) this.#left.set(id, this.#renamed.get(id)?.before ?? name);
    this.#renamed.delete(id);
  }

  /** @param {string} id @param {string} before @param {string} name @param {boolean} own whether we are that */
  rename(id, before, name, own) {
    const first = this.#renamed.get(id)?.before ?? before;
    if (this.#joined.has(id)) this.#joined.set(id, name);
    else if (first === name) this.#renamed.delete(id);
    else this.#renamed.set(id, { before: first, name, own });
  }

  /**
   * @param {typeof import("../texts.js").texts} texts
   * @returns {string} `""`: there is nothing to tell
   */
  text(texts) {
    const parts = [];
    const [joined] = this.#joined.values();
    const [left] = this.#left.values();
    if (joined !== undefined) parts.push(texts.joined(joined, this.#joined.size - 1));
    if (left !== undefined) parts.push(texts.left(left, this.#left.size - 1));
    for (const { before, name, own } of this.#renamed.values()) {
      parts.push(own ? texts.renamed_you(name) : texts.renamed(before, name));
    }
    return texts.listed(parts);
  }
}
