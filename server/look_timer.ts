/** Time to the next look, in milliseconds, as long as somebody reads on. */
const SHORTEST = 2;

/** While nobody does the time doubles, up to this. */
const LONGEST = 32;

/** When those whose sockets are full are looked at again. */
export class LookTimer {
  readonly #look: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the timer was set to. */
  #set = 0;
  #next = SHORTEST;

  /** `look`: the time has come. */
  constructor(look: () => void) {
    this.#look = look;
  }

  /** Somebody reads on, or may: the next look is soon. */
  hasten(): void {
    this.#next = SHORTEST;
  }

  /** There is to be a look; one that is planned for later comes earlier. */
  plan(): void {
    if (this.#timer !== undefined) {
      if (this.#set <= this.#next) return;
      clearTimeout(this.#timer);
    }
    this.#set = this.#next;
    this.#timer = setTimeout(this.#onTimer, this.#set);
  }

  /** Plans nothing any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #onTimer = () => {
    this.#timer = undefined;
    this.#next = Math.min(this.#next * 2, LONGEST);
    this.#look();
  };
}
