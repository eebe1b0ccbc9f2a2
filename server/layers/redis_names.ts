/** The prefix that channels_redis has unless told otherwise. */
const DEFAULT_PREFIX = "asgi";

/**
 * What things are called on Redis: the groups' channels as channels_redis calls them, and our own keys.
 * Nodes with another prefix share nothing with us, so their keys are others too.
 */
export class RedisNames {
  readonly #prefix: string;
  readonly #namespace: string;

  /** `prefix`: channels_redis' own. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#namespace = prefix === DEFAULT_PREFIX ? "parley" : `parley:${prefix}`;
  }

  /** The hash of the nodes' beats. */
  get nodes(): string {
    return `${this.#namespace}:nodes`;
  }

  /** What the nodes sign with. */
  get secret(): string {
    return `${this.#namespace}:secret`;
  }

  /** The channel that Django listens on: for messages only. */
  groupChannel(group: string): string {
    return `${this.#prefix}__group__${group}`;
  }

  /** The channel of Parley's nodes: for all else. */
  eventsChannel(group: string): string {
    return `${this.#namespace}:{${group}}:events`;
  }

  /** The group whose channel, of either kind, that is. */
  groupOf(channel: string): string | undefined {
    const start = this.groupChannel("");
    if (channel.startsWith(start)) return channel.slice(start.length);
    return /\{(.*)\}:events$/.exec(channel)?.[1];
  }

  /** The keys of a group, in the order of the scripts. One hash tag keeps them on one Cluster node. */
  keys(group: string): string[] {
    return ["state", "log", "refs", "refs:old", "members", "names"]
      .map((key) => `${this.#namespace}:{${group}}:${key}`);
  }
}
