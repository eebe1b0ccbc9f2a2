import type { Buffer } from "node:buffer";
import { Pace } from "../pace.ts";
import { randomId } from "../random_id.ts";
import type { GroupMessage, HistoryLimits, Position } from "./channel_layer.ts";
import type { Followed } from "./redis_group.ts";
import type { RedisLink } from "./redis_link.ts";
import type { RedisNames } from "./redis_names.ts";
import { encodePayload } from "./redis_payload.ts";
import { REF_LIFE } from "./ref_memory.ts";
import { SEND } from "./redis_scripts.ts";

/** The longest that messages wait to be sent together, in milliseconds. */
const LONGEST_WAIT = 10;

/**
 * The rest after sending, as a multiple of what that took. What a call costs here, on Redis, and on
 * all nodes when its messages come in is many times what it takes to make it.
 */
const REST_FACTOR = 32;

/** The most messages that one call numbers, so that Redis does not stand still for the others. */
const MOST_AT_ONCE = 64;

/** A message on its way to Redis. */
export interface Outgoing {
  /** What is said. */
  readonly message: GroupMessage;
  /** What it is known by when it comes again, or "". */
  readonly ref: string;
  /** The channel to publish it on. */
  readonly channel: string;
}

/** What a {@linkcode RedisSender} needs. */
export interface RedisSenderOptions {
  /** Runs the script. */
  readonly link: RedisLink;
  /** What things are called on Redis. */
  readonly names: RedisNames;
  /** How much of each group's log is kept. */
  readonly limits: HistoryLimits;
  /** What this node knows of a group's log, if it follows the group. */
  readonly known: (group: string) => Followed | undefined;
  /** What to sign with now. */
  readonly secret: () => string;
}

interface Waiting extends Outgoing {
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends messages to Redis: what comes together, those of one group in one call, and under load
 * what comes in some turns, so that a round trip and all that follows it is shared.
 */
export class RedisSender {
  readonly #options: RedisSenderOptions;
  readonly #pace = new Pace(() => {
    this.#sendAll();
    return LONGEST_WAIT;
  }, REST_FACTOR);
  #waiting = new Map<string, Waiting[]>();
  /** Epochs are named by this and a count: random, and never twice. */
  readonly #epochs = randomId();
  #epoch = 0;

  /** Nothing is sent yet. */
  constructor(options: RedisSenderOptions) {
    this.#options = options;
  }

  /** A name that no log has had. */
  freshEpoch(): string {
    return this.#epochs + (this.#epoch++).toString(36);
  }

  /**
   * Has the message numbered, logged and published; resolves to its place.
   *
   * @throws {LayerUnavailableError} when Redis is away, does not answer in time, or refuses.
   */
  send(group: string, outgoing: Outgoing): Promise<Position> {
    return new Promise((resolve, reject) => {
      let waiting = this.#waiting.get(group);
      if (waiting === undefined) this.#waiting.set(group, waiting = []);
      waiting.push({ ...outgoing, resolve, reject });
      this.#pace.plan();
    });
  }

  /** Sends what waits, now. */
  flush(): void {
    this.#pace.run();
  }

  #sendAll(): void {
    const all = this.#waiting;
    this.#waiting = new Map();
    for (const [group, waiting] of all) {
      for (let start = 0; start < waiting.length; start += MOST_AT_ONCE) {
        const some = waiting.slice(start, start + MOST_AT_ONCE);
        this.#sendSome(group, some).catch((error) => {
          for (const { reject } of some) reject(error);
        });
      }
    }
  }

  async #sendSome(group: string, some: readonly Waiting[]): Promise<void> {
    const { link, names, known, limits, secret } = this.#options;
    const { epoch = "", seq = 0, mac = "" } = known(group) ?? {};
    const args: (string | Buffer)[] = [
      this.freshEpoch(),
      epoch,
      String(seq),
      mac,
      String(limits.messages),
      String(limits.bytes),
      String(limits.ttl),
      String(REF_LIFE),
      secret(),
    ];
    const now = Date.now();
    for (const { message, ref, channel } of some) {
      const { header, entries } = encodePayload(message, now);
      args.push(channel, header, entries, ref);
    }
    const [name, ...seqs] = await link.run(SEND, names.keys(group), args);
    const position = { epoch: String(name) };
    some.forEach(({ resolve }, index) => resolve({ ...position, seq: Number(seqs[index]) }));
  }
}
