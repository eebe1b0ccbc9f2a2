import type { GroupMember } from "./layers/channel_layer.ts";
import { encodeCount, encodePresence } from "./protocol.ts";

/** With more members than this a room tells their number only. */
export const MOST_LISTED = 200;

/** Who is in a room, on all nodes, and what there is to tell of it since the last time. */
export class Roster {
  readonly #names = new Map<string, string>();
  /** The names, before they changed, of those whose name changed; `undefined`: was not there. */
  readonly #before = new Map<string, string | undefined>();
  /** How many members there were when that was last told. */
  #toldSize = 0;
  /** The newest lines that were told, for those who have not heard them yet. */
  #kept: string[] = [];
  /** How many were told before these. */
  #keptFrom = 0;

  /** How many members there are. */
  get size(): number {
    return this.#names.size;
  }

  /** Whether there is something to tell. */
  get changed(): boolean {
    return this.#before.size > 0;
  }

  /** All members, or `undefined` when they are too many to be told. */
  list(): GroupMember[] | undefined {
    if (this.size > MOST_LISTED) return undefined;
    return [...this.#names].map(([id, name]) => ({ id, name }));
  }

  /** The member's name as it was last told. */
  nameTold(id: string): string | undefined {
    return this.#before.has(id) ? this.#before.get(id) : this.#names.get(id);
  }

  /** Starts from these members, with nothing to tell. */
  load(members: readonly GroupMember[]): void {
    for (const { id, name } of members) this.#names.set(id, name);
    this.#toldSize = this.size;
  }

  /** The member has this name now, or is gone. Returns whether that is news. */
  set(id: string, name: string | undefined): boolean {
    const before = this.#names.get(id);
    if (before === name) return false;
    if (!this.#before.has(id)) this.#before.set(id, before);
    if (name === undefined) this.#names.delete(id);
    else this.#names.set(id, name);
    return true;
  }

  /**
   * What to tell: lines for each who came, went or changed the name, so that one who came and went
   * again meanwhile is not worth a word; of a big room the number alone. `whole` instead, when
   * the room is small enough again for its members to be told, who so far were not.
   */
  takeNews(): { readonly lines: string[]; readonly whole: boolean } {
    const before = [...this.#before];
    this.#before.clear();
    const toldSize = this.#toldSize;
    this.#toldSize = this.size;
    if (toldSize > MOST_LISTED && this.size <= MOST_LISTED) {
      this.#keptFrom = this.told + 1;
      this.#kept = [];
      return { lines: [], whole: true };
    }
    const lines: string[] = [];
    if (this.size > MOST_LISTED) {
      if (this.size !== toldSize) lines.push(encodeCount(this.size));
    } else {
      for (const [id, name] of before) {
        const now = this.#names.get(id);
        if (now === name) continue;
        if (now === undefined) lines.push(encodePresence("leave", id, name!));
        else lines.push(encodePresence(name === undefined ? "join" : "name", id, now));
      }
    }
    this.#kept.push(...lines);
    if (this.#kept.length > MOST_LISTED) this.forget();
    return { lines, whole: false };
  }

  /** How many lines were told so far; to be told all members anew counts as one. */
  get told(): number {
    return this.#keptFrom + this.#kept.length;
  }

  /**
   * The lines that were told after the first so many, or `undefined` when they are not kept: who was
   * told no more than that must be told all members.
   */
  toldAfter(told: number): readonly string[] | undefined {
    return told < this.#keptFrom ? undefined : this.#kept.slice(told - this.#keptFrom);
  }

  /** Keeps none of the lines that were told: nobody is behind any more. */
  forget(): void {
    if (this.#kept.length === 0) return;
    this.#keptFrom = this.told;
    this.#kept = [];
  }
}
