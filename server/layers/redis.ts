import type { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { randomId } from "../random_id.ts";
import {
  type Channel,
  type ChannelLayer,
  type GroupMessage,
  type HistoryLimits,
  LayerUnavailableError,
  type LoggedMessage,
  type LogSlice,
  type Position,
} from "./channel_layer.ts";
import { RedisGroup } from "./redis_group.ts";
import { RedisLink } from "./redis_link.ts";
import { decodePayload, encodeMarker, encodePayload } from "./redis_payload.ts";
import { REF_LIFE, refKey } from "./ref_memory.ts";
import { SEND, SYNC } from "./redis_scripts.ts";

const logger = getLogger(["parley", "redis"]);

/** Options of {@linkcode RedisChannelLayer}. */
export interface RedisChannelLayerOptions extends HistoryLimits {
  /** `redis[s]://[user:password@]host[:port][/database]` */
  readonly url: string;
  /** What channels_redis calls `prefix`: groups are shared by nodes with the same one. */
  readonly prefix: string;
  /** Told of each payload on a group's channels that is nothing we know. */
  readonly onUndecodable?: () => void;
}

/** The prefix that channels_redis has unless told otherwise. */
export const DEFAULT_PREFIX = "asgi";

/** How long to wait after the log could not be read though Redis seems there, in milliseconds. */
const RETRY_DELAY = 500;

/** How often a foreign message is submitted for its number before it is given up. */
const FOREIGN_TRIES = 4;

/**
 * The channel layer of several nodes that share one Redis, and of Django Channels nodes with
 * channels_redis' `RedisPubSubChannelLayer` beside them.
 *
 * Pub/sub carries the messages and the log is the truth: a node checks every number and reads from
 * the log what pub/sub lost. Numbering, logging, deduplication and publishing are one script.
 */
export class RedisChannelLayer implements ChannelLayer {
  readonly #options: RedisChannelLayerOptions;
  readonly #link: RedisLink;
  readonly #groups = new Map<string, RedisGroup>();

  /** Starts to connect in the background; {@linkcode ready} tells when that is done. */
  constructor(options: RedisChannelLayerOptions) {
    this.#options = options;
    this.#link = new RedisLink(options.url, {
      message: (channel, payload) => this.#onMessage(channel, payload),
      lost: () => {
        for (const group of this.#groups.values()) group.loseAnchor();
      },
      ready: () => {
        for (const [name, group] of this.#groups) this.#catchUp(name, group);
      },
    });
  }

  get ready(): boolean {
    return this.#link.ready;
  }

  /** Resolves when Redis was there for the first time. */
  get connected(): Promise<void> {
    return this.#link.connected;
  }

  async groupAdd(name: string, channel: Channel): Promise<LogSlice> {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, group = new RedisGroup());
    group.joining.add(channel);
    group.adds++;
    return await group.inTurn(() => this.#add(name, group, channel));
  }

  async groupDiscard(name: string, channel: Channel): Promise<void> {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.channels.delete(channel);
    group.joining.delete(channel);
    await group.inTurn(() => this.#closeIfUnused(name, group));
  }

  groupSend(name: string, message: GroupMessage): Promise<Position> {
    const ref = message.ref === undefined ? "" : refKey(message.from, message.ref);
    return this.#send(name, message, ref, this.#groupChannel(name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const group of this.#groups.values()) {
      group.closed = true;
      clearTimeout(group.retry);
    }
    this.#groups.clear();
    this.#link.close();
    return Promise.resolve();
  }

  async #add(name: string, group: RedisGroup, channel: Channel): Promise<LogSlice> {
    try {
      if (!group.subscribed) {
        await this.#link.subscribe([this.#groupChannel(name), this.#eventsChannel(name)]);
        group.subscribed = true;
      }
      const slice = await this.#sync(name, group, true);
      // In the same turn of the event loop as the caller learns of the slice: nothing comes between.
      if (group.joining.has(channel)) group.channels.add(channel);
      return slice;
    } finally {
      if (--group.adds === 0) group.joining.clear();
      await this.#closeIfUnused(name, group);
    }
  }

  async #closeIfUnused(name: string, group: RedisGroup): Promise<void> {
    if (group.closed || group.channels.size > 0 || group.adds > 0) return;
    group.closed = true;
    clearTimeout(group.retry);
    this.#groups.delete(name);
    await this.#link.unsubscribe([this.#groupChannel(name), this.#eventsChannel(name)]);
  }

  async #send(
    name: string,
    message: GroupMessage,
    ref: string,
    channel: string,
  ): Promise<Position> {
    const { messages, bytes, ttl } = this.#options;
    const { header, entries } = encodePayload(message, Date.now());
    const known = this.#groups.get(name)?.position;
    const [epoch, seq] = await this.#link.run(SEND, this.#keys(name), [
      randomId(),
      known?.epoch ?? "",
      String(known?.seq ?? 0),
      channel,
      header,
      entries,
      ref,
      String(messages),
      String(bytes),
      String(ttl),
      String(REF_LIFE),
    ]);
    return { epoch: String(epoch), seq: Number(seq) };
  }

  /** Reads the log after what the group knows, or all of it, and brings its channels up to there. */
  async #sync(name: string, group: RedisGroup, all: boolean): Promise<LogSlice> {
    group.hold();
    try {
      const known = group.position;
      const [epoch, seq, base, ...payloads] = await this.#link.run(SYNC, this.#keys(name), [
        randomId(),
        known?.epoch ?? "",
        String(known?.seq ?? 0),
        this.#eventsChannel(name),
        encodeMarker(randomId()),
        String(this.#options.ttl),
        String(REF_LIFE),
        all ? "1" : "",
      ]);
      const messages: LoggedMessage[] = [];
      for (const payload of payloads as Buffer[]) {
        const received = decodePayload(payload);
        if (received?.kind === "logged") messages.push(received.message);
      }
      return group.settle({ epoch: String(epoch), seq: Number(seq), base: Number(base), messages });
    } catch (error) {
      group.release();
      throw error;
    }
  }

  /** Brings the group's channels up to the log, now or as soon as that works. */
  #catchUp(name: string, group: RedisGroup): void {
    clearTimeout(group.retry);
    group.inTurn(async () => {
      if (!group.closed && group.position !== undefined) await this.#sync(name, group, false);
    }).catch(() => {
      // While Redis is away there is no need to try: `ready` tells when it is back.
      if (!group.closed && this.#link.ready) {
        group.retry = setTimeout(() => this.#catchUp(name, group), RETRY_DELAY);
      }
    });
  }

  #onMessage(channel: string, payload: Buffer): void {
    const name = this.#groupOf(channel);
    const group = name === undefined ? undefined : this.#groups.get(name);
    if (name === undefined || group === undefined) return;
    const received = decodePayload(payload);
    if (received === undefined) this.#options.onUndecodable?.();
    else if (received.kind === "marker") group.anchor(received.id);
    else if (received.kind === "foreign") this.#number(name, group, received.message);
    else if (group.receive(received)) this.#catchUp(name, group);
  }

  /**
   * Gives a foreign message its number. It goes to the nodes on the events channel: Django has had
   * it already.
   */
  async #number(name: string, group: RedisGroup, message: string): Promise<void> {
    const ref = group.nextForeignRef();
    if (ref === undefined) return;
    for (let tries = 1; !group.closed; tries++) {
      try {
        await this.#send(name, { message: message.toWellFormed() }, ref, this.#eventsChannel(name));
        return;
      } catch (error) {
        if (!(error instanceof LayerUnavailableError) || tries === FOREIGN_TRIES) {
          logger.warn("Cannot number a message from another kind of node: {error}", { error });
          return;
        }
      }
    }
  }

  #groupChannel(name: string): string {
    return `${this.#options.prefix}__group__${name}`;
  }

  #eventsChannel(name: string): string {
    return `${this.#base(name)}:events`;
  }

  #groupOf(channel: string): string | undefined {
    const group = `${this.#options.prefix}__group__`;
    if (channel.startsWith(group)) return channel.slice(group.length);
    return /\{(.*)\}:events$/.exec(channel)?.[1];
  }

  #keys(name: string): string[] {
    const base = this.#base(name);
    return [`${base}:state`, `${base}:log`, `${base}:refs`, `${base}:refs:old`];
  }

  /** Nodes with another prefix share nothing with us, so their keys are others too. */
  #base(name: string): string {
    const { prefix } = this.#options;
    return prefix === DEFAULT_PREFIX ? `parley:{${name}}` : `parley:${prefix}:{${name}}`;
  }
}
