import type { Buffer } from "node:buffer";
import { randomId } from "../random_id.ts";
import { Liveness } from "./liveness.ts";
import type { RedisLink } from "./redis_link.ts";
import type { RedisNames } from "./redis_names.ts";
import { BEAT, pairs } from "./redis_scripts.ts";

/** How long the nodes of a cluster are remembered of which none lives, in milliseconds. */
const CLUSTER_LIFE = 30 * 86_400_000;

/** So many secrets stay good, the newest ones. */
const MOST_SECRETS = 4;

/**
 * This node among those that share a Redis: it says that it lives, learns who does not, and signs
 * with the secret that they share.
 */
export class RedisNode {
  /** What the others know it by. */
  readonly id: string = randomId();
  readonly #link: RedisLink;
  readonly #names: RedisNames;
  readonly #ownSecret: string | undefined;
  readonly #liveness = new Liveness();
  /** Dead nodes, whose beats need be kept no longer. */
  #buried: string[] = [];
  #secrets: readonly string[];

  /** `secret`: what to sign with; without one, what the nodes share through Redis. */
  constructor(link: RedisLink, names: RedisNames, secret: string | undefined) {
    this.#link = link;
    this.#names = names;
    this.#ownSecret = secret;
    this.#secrets = [secret ?? randomId() + randomId()];
  }

  /** What to sign with, and behind it what was signed with before. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /**
   * Says that this node lives. Returns which others do not.
   *
   * @throws {LayerUnavailableError} when Redis is away, does not answer in time, or refuses.
   */
  async beat(): Promise<(node: string) => boolean> {
    const [common, beats] = await this.#link.run(BEAT, [this.#names.nodes, this.#names.secret], [
      this.id,
      this.#ownSecret === undefined ? this.#secrets[0]! : "",
      String(CLUSTER_LIFE),
      ...this.#buried,
    ]);
    if (this.#ownSecret === undefined) this.#adopt(String(common));
    const nodes = pairs(beats as Buffer[]);
    const dead = this.#liveness.look(nodes, performance.now());
    this.#buried = [...nodes.keys()].filter(dead);
    return dead;
  }

  /**
   * Says goodbye, if Redis is there. Its members are put out after a grace, in which they may come
   * back on another node.
   */
  async leave(): Promise<void> {
    await this.#link.command(["HDEL", this.#names.nodes, this.id]).catch(() => {});
  }

  /** What others signed with before, and gave to their clients, stays good. */
  #adopt(secret: string): void {
    if (secret === this.#secrets[0]) return;
    const others = this.#secrets.filter((known) => known !== secret);
    this.#secrets = [secret, ...others].slice(0, MOST_SECRETS);
  }
}
