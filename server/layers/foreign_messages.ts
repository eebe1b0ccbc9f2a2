import { getLogger } from "@logtape/logtape";
import { LayerUnavailableError } from "./channel_layer.ts";
import type { RedisGroup } from "./redis_group.ts";
import type { RedisNames } from "./redis_names.ts";
import type { RedisSender } from "./redis_sender.ts";

const logger = getLogger(["parley", "redis"]);

/** How often a message is submitted for its number before it is given up. */
const TRIES = 6;

/** How long to wait before the second time, in milliseconds; then twice as long, and so on. */
const DELAY = 100;

/** Gives messages their numbers that come from another kind of node, which has none for them. */
export class ForeignMessages {
  readonly #sender: RedisSender;
  readonly #names: RedisNames;
  readonly #pauses = new Set<() => void>();

  /** `sender` numbers and logs them. */
  constructor(sender: RedisSender, names: RedisNames) {
    this.#sender = sender;
    this.#names = names;
  }

  /**
   * Has a message numbered that just came in; resolves when that is done or given up. It goes to the
   * nodes on the events channel: Django has had it already.
   */
  async number(name: string, group: RedisGroup, message: string): Promise<void> {
    const ref = group.nextForeignRef();
    if (ref === undefined) return;
    for (let tries = 1; !group.closed; tries++) {
      try {
        await this.#sender.send(name, {
          message: { message: message.toWellFormed() },
          ref,
          channel: this.#names.eventsChannel(name),
        });
        return;
      } catch (error) {
        if (group.closed) return;
        if (!(error instanceof LayerUnavailableError) || tries === TRIES) {
          logger.warn("Cannot number a message from another kind of node: {error}", { error });
          return;
        }
        await this.#pause(DELAY * 2 ** (tries - 1));
      }
    }
  }

  /** Waits no longer before trying again. */
  close(): void {
    for (const end of this.#pauses) end();
  }

  /** Resolves after so many milliseconds, or with {@linkcode close}. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#pauses.add(end);
    });
  }
}
