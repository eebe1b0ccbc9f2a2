/** Who said each message, and when: by its number, in plain memory. */
export class SaidMessages {
  /** How many were said; the number of the next one. */
  count = 0;
  #sayers = new Uint32Array(65_536);
  #times = new Float64Array(65_536);

  /** Notes a message, and returns its number. */
  add(sayer: number, now: number): number {
    if (this.count === this.#times.length) this.#grow();
    this.#sayers[this.count] = sayer;
    this.#times[this.count] = now;
    return this.count++;
  }

  /** Whether there is a message of this number. */
  has(number: number): boolean {
    return number < this.count;
  }

  /** The member who said it. */
  sayer(number: number): number {
    return this.#sayers[number]!;
  }

  /** When it was said, by `performance.now()`. */
  time(number: number): number {
    return this.#times[number]!;
  }

  #grow(): void {
    const sayers = new Uint32Array(this.#sayers.length * 2);
    const times = new Float64Array(this.#times.length * 2);
    sayers.set(this.#sayers);
    times.set(this.#times);
    this.#sayers = sayers;
    this.#times = times;
  }
}
