import type { Followed } from "./redis_group.ts";

/** So many groups are remembered: those that were left last. */
const MOST = 10_000;

/**
 * How far the groups were that a node follows no more. Redis may come back with older data: then it
 * is not to give their numbers twice, nor to have their members again.
 */
export class LeftGroups {
  /** By name, in the order of leaving. */
  readonly #positions = new Map<string, Followed>();

  /** The names, in the order of leaving. */
  get names(): Iterable<string> {
    return this.#positions.keys();
  }

  /** How far the group was, if that is remembered. */
  position(name: string): Followed | undefined {
    return this.#positions.get(name);
  }

  /** The group is left; `position`: how far it was, `undefined` if it was never read. */
  add(name: string, position: Followed | undefined): void {
    if (position === undefined) return;
    this.#positions.delete(name);
    this.#positions.set(name, position);
    if (this.#positions.size <= MOST) return;
    const [oldest] = this.#positions.keys();
    this.#positions.delete(oldest!);
  }
}
