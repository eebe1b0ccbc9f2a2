import { clearImmediate, setImmediate } from "node:timers";

/** Something that collects what is to be sent, until it is flushed. */
export interface Flushable {
  /** Sends what was collected. Must not throw. */
  flush(): void;
}

/** The longest a flush is put off for reading, in milliseconds. */
const LONGEST_PAUSE = 20;

/** Pauses shorter than this are not worth a timer, in milliseconds. */
const SHORTEST_TIMER = 1;

/**
 * Decides when rooms send. What is quiet sends in the same turn of the event loop; a flush that took
 * long is followed by as long a time of reading, so that under load batches deepen (one frame has
 * more messages) and the cost of a frame is shared, while latency stays bounded.
 */
export class FanOut {
  #marked: Flushable[] = [];
  #spare: Flushable[] = [];
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Before this moment there is reading to be done, on `performance.now`'s clock. */
  #pausedUntil = 0;

  /** Flushes it soon. To be marked once: the mark is gone when it is flushed. */
  mark(flushable: Flushable): void {
    this.#marked.push(flushable);
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    const pause = this.#pausedUntil - performance.now();
    if (pause < SHORTEST_TIMER) this.#immediate = setImmediate(this.#run);
    else this.#timer = setTimeout(this.#run, pause);
  }

  /** Flushes all that is marked, now. */
  flush(): void {
    this.#run();
  }

  readonly #run = () => {
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#immediate = this.#timer = undefined;
    const marked = this.#marked;
    this.#marked = this.#spare;
    const started = performance.now();
    for (const flushable of marked) flushable.flush();
    const ended = performance.now();
    this.#pausedUntil = ended + Math.min(ended - started, LONGEST_PAUSE);
    marked.length = 0;
    this.#spare = marked;
  };
}
