/** A node whose count of beats stands still for this long is dead, in milliseconds. */
export const BEAT_TIMEOUT = 25_000;

/**
 * A node that has no count of beats for this long is dead, in milliseconds: it has said goodbye, or
 * Redis forgot all counts, which those who live have made good by then.
 */
export const MISSING_TIMEOUT = 5_000;

/** A node that was missing for this long is not remembered any more, in milliseconds. */
const FORGET_TIMEOUT = 3_600_000;

/** A longer time between two looks was an outage of ours or of Redis', in milliseconds. */
const LONGEST_LOOK = 6_000;

/**
 * Which nodes live, by their counts of beats as they were seen from here: it trusts no clock but the
 * caller's monotonic one.
 */
export class Liveness {
  readonly #seen = new Map<string, { beats: string | undefined; since: number }>();

  #looked: number | undefined;

  /** Takes in the counts as they stand `now`, in milliseconds, and returns who is dead. */
  look(beats: ReadonlyMap<string, string>, now: number): (node: string) => boolean {
    const pause = now - (this.#looked ?? now);
    this.#looked = now;
    // Nobody is dead for not having been looked at.
    if (pause > LONGEST_LOOK) { for (const seen of this.#seen.values()) seen.since += pause; }
    for (const [node, seen] of this.#seen) {
      if (beats.has(node)) continue;
      if (seen.beats !== undefined) this.#note(node, undefined, now);
      else if (now - seen.since > FORGET_TIMEOUT) this.#seen.delete(node);
    }
    for (const [node, count] of beats) {
      if (this.#seen.get(node)?.beats !== count) this.#note(node, count, now);
    }
    return (node) => {
      const seen = this.#seen.get(node) ?? this.#note(node, undefined, now);
      return now - seen.since > (seen.beats === undefined ? MISSING_TIMEOUT : BEAT_TIMEOUT);
    };
  }

  #note(node: string, beats: string | undefined, since: number) {
    const seen = { beats, since };
    this.#seen.set(node, seen);
    return seen;
  }
}
