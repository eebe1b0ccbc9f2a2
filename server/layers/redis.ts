import type { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { foldName } from "../member_name.ts";
import { randomId } from "../random_id.ts";
import type {
  Channel,
  ChannelLayer,
  GroupMember,
  GroupMessage,
  GroupState,
  HistoryLimits,
  LoggedMessage,
  Position,
} from "./channel_layer.ts";
import { ForeignMessages } from "./foreign_messages.ts";
import { LeftGroups } from "./left_groups.ts";
import { type Followed, RedisGroup, type RosterEntry } from "./redis_group.ts";
import { RedisLink } from "./redis_link.ts";
import { RedisNames } from "./redis_names.ts";
import { RedisNode } from "./redis_node.ts";
import { decodePayload, encodeMarker, encodeTyping, isSigned } from "./redis_payload.ts";
import { RedisSender } from "./redis_sender.ts";
import { REF_LIFE, refKey } from "./ref_memory.ts";
import {
  ALL_SCRIPTS,
  pairs,
  PROBE,
  ROSTER_DISCARD,
  ROSTER_REAP,
  ROSTER_SET,
  type Script,
  SYNC,
} from "./redis_scripts.ts";

const logger = getLogger(["parley", "redis"]);

/** Options of {@linkcode RedisChannelLayer}. */
export interface RedisChannelLayerOptions extends HistoryLimits {
  /** `redis[s]://[user:password@]host[:port][/database]` */
  readonly url: string;
  /** What channels_redis calls `prefix`: groups are shared by nodes with the same one. */
  readonly prefix: string;
  /** What to sign with; @default one that the nodes share through Redis. */
  readonly secret?: string;
  /** Told of each payload on a group's channels that is nothing we know, or not signed by us. */
  readonly onDropped?: () => void;
}

/** How long to wait after the log could not be read, in milliseconds. */
const RETRY_DELAY = 500;

/** How often a node says that it lives and looks whether it hears everything, in milliseconds. */
const BEAT_INTERVAL = 2_000;

/** How long a roster is kept that no node cares for, in milliseconds: longer than any outage of one. */
const ROSTER_LIFE = 600_000;

/** How many groups are looked at in one go. */
const PROBES_AT_ONCE = 100;

/**
 * The channel layer of several nodes that share one Redis, and of Django Channels nodes with
 * channels_redis' `RedisPubSubChannelLayer` beside them.
 *
 * Pub/sub carries the messages and the log is the truth: a node checks every number and reads from
 * the log what pub/sub lost. Numbering, logging, deduplication and publishing are one script.
 */
export class RedisChannelLayer implements ChannelLayer {
  readonly #options: RedisChannelLayerOptions;
  readonly #names: RedisNames;
  readonly #link: RedisLink;
  readonly #node: RedisNode;
  readonly #sender: RedisSender;
  readonly #foreign: ForeignMessages;
  readonly #groups = new Map<string, RedisGroup>();
  readonly #left = new LeftGroups();
  /** Whom this node has put into each group's roster, by id, and not taken out again. */
  readonly #own = new Map<string, Set<string>>();
  readonly #connected: Promise<void>;
  readonly #beat: ReturnType<typeof setInterval>;
  #beating = false;

  /** Starts to connect in the background; {@linkcode ready} tells when that is done. */
  constructor(options: RedisChannelLayerOptions) {
    this.#options = options;
    this.#names = new RedisNames(options.prefix);
    this.#link = new RedisLink(options.url, ALL_SCRIPTS, {
      message: (channel, payload) => this.#onMessage(channel, payload),
      lost: () => {
        for (const group of this.#groups.values()) group.interrupt();
      },
      ready: () => {
        for (const [name, group] of this.#groups) this.#catchUp(name, group);
        this.#leaveAgain().catch((error) => {
          logger.debug("Cannot look after the groups that were left: {error}", { error });
        });
      },
    });
    this.#node = new RedisNode(this.#link, this.#names, options.secret);
    this.#sender = new RedisSender({
      link: this.#link,
      names: this.#names,
      limits: options,
      known: (group) => this.#known(group),
      secret: () => this.#node.secrets[0]!,
    });
    this.#foreign = new ForeignMessages(this.#sender, this.#names);
    this.#connected = this.#link.connected.then(() => this.#live());
    this.#beat = setInterval(() => this.#live(), BEAT_INTERVAL);
  }

  get ready(): boolean {
    return this.#link.ready;
  }

  get secrets(): readonly string[] {
    return this.#node.secrets;
  }

  /** Resolves when Redis was there for the first time. */
  get connected(): Promise<void> {
    return this.#connected;
  }

  async groupAdd(name: string, channel: Channel): Promise<GroupState> {
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
    return this.#sender.send(name, { message, ref, channel: this.#names.groupChannel(name) });
  }

  async rosterSet(name: string, { id, name: own }: GroupMember): Promise<boolean> {
    const ids = this.#own.get(name);
    if (ids === undefined) this.#own.set(name, new Set([id]));
    else ids.add(id);
    const [done] = await this.#roster(ROSTER_SET, name, [id, this.#node.id, foldName(own), own]);
    return Number(done) === 1;
  }

  async rosterDiscard(name: string, id: string): Promise<void> {
    const ids = this.#own.get(name);
    if (ids?.delete(id) && ids.size === 0) this.#own.delete(name);
    await this.#roster(ROSTER_DISCARD, name, [id, this.#node.id]);
  }

  groupTyping(name: string, id: string): void {
    this.#link.command(["PUBLISH", this.#names.eventsChannel(name), encodeTyping(id)]).catch(
      () => {},
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat);
    this.#foreign.close();
    this.#sender.flush();
    for (const group of this.#groups.values()) {
      group.closed = true;
      clearTimeout(group.retry);
    }
    this.#groups.clear();
    await this.#node.leave();
    this.#link.close();
  }

  async #add(name: string, group: RedisGroup, channel: Channel): Promise<GroupState> {
    try {
      if (!group.subscribed) {
        await this.#link.subscribe([
          this.#names.groupChannel(name),
          this.#names.eventsChannel(name),
        ]);
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
    this.#left.add(name, group.position);
    await this.#link.unsubscribe([this.#names.groupChannel(name), this.#names.eventsChannel(name)]);
  }

  /** Reads the log after what the group knows, or all of it, and brings its channels up to there. */
  async #sync(name: string, group: RedisGroup, all: boolean): Promise<GroupState> {
    group.hold();
    try {
      const { rosterVersion } = group;
      const known = this.#known(name);
      const [epoch, seq, base, mac, version, members, ...payloads] = await this.#link.run(
        SYNC,
        this.#names.keys(name),
        [
          this.#sender.freshEpoch(),
          known?.epoch ?? "",
          String(known?.seq ?? 0),
          known?.mac ?? "",
          this.#names.eventsChannel(name),
          encodeMarker(randomId()),
          String(REF_LIFE),
          all ? "1" : "",
          String(rosterVersion),
        ],
      );
      const messages: LoggedMessage[] = [];
      for (const payload of payloads as Buffer[]) {
        const received = decodePayload(payload);
        if (received?.kind === "logged") messages.push(received.message);
      }
      const state = group.settle({
        epoch: String(epoch),
        seq: Number(seq),
        base: Number(base),
        mac: String(mac),
        messages,
        version: Number(version),
        ...(Number(version) !== rosterVersion && { roster: rosterOf(members as Buffer[]) }),
      });
      if (group.incomplete) this.#catchUp(name, group);
      return state;
    } catch (error) {
      group.release();
      throw error;
    }
  }

  /** Brings the group's channels up to the log, now or as soon as that works. */
  #catchUp(name: string, group: RedisGroup): void {
    clearTimeout(group.retry);
    if (group.catchUpPlanned) return;
    group.catchUpPlanned = true;
    group.inTurn(async () => {
      group.catchUpPlanned = false;
      if (!group.closed && group.position !== undefined) await this.#sync(name, group, false);
    }).catch(() => {
      if (!group.closed) this.#catchUpLater(name, group);
    });
  }

  /** While Redis is away or refuses its work, many groups would only make more of it. */
  #catchUpLater(name: string, group: RedisGroup): void {
    clearTimeout(group.retry);
    group.retry = setTimeout(() => {
      if (this.#link.ready) this.#catchUp(name, group);
      else this.#catchUpLater(name, group);
    }, RETRY_DELAY);
  }

  /** How far the group was, as far as this node knows. */
  #known(name: string): Followed | undefined {
    return this.#groups.get(name)?.known ?? this.#left.position(name);
  }

  #onMessage(channel: string, payload: Buffer): void {
    const name = this.#names.groupOf(channel);
    const group = name === undefined ? undefined : this.#groups.get(name);
    if (name === undefined || group === undefined) return;
    const received = decodePayload(payload);
    switch (received?.kind) {
      case "marker":
        return group.anchor(received.id);
      case "foreign":
        return void this.#foreign.number(name, group, received.message);
      case "typing":
        return group.receiveTyping(received.id);
      case "member":
        return group.receiveMember(received.change) ? this.#catchUp(name, group) : undefined;
      case "logged":
        if (isSigned(payload, this.#node.secrets)) {
          return group.receive(received) ? this.#catchUp(name, group) : undefined;
        }
    }
    // Of what was not signed as we do, the log knows whether it is true.
    this.#options.onDropped?.();
    if (received !== undefined) this.#catchUp(name, group);
  }

  /** Says that this node lives, reaps those that do not, and looks whether it hears everything. */
  async #live(): Promise<void> {
    if (this.#beating || !this.#link.canSend) return;
    this.#beating = true;
    try {
      const dead = await this.#node.beat();
      await this.#probeAll(dead);
    } catch (error) {
      logger.debug("Cannot look after the groups: {error}", { error });
    } finally {
      this.#beating = false;
    }
  }

  async #probeAll(dead: (node: string) => boolean): Promise<void> {
    await this.#lookAfter(this.#groups.keys(), async (name) => {
      const group = this.#groups.get(name);
      if (group !== undefined) await this.#probe(name, group, dead);
    });
  }

  /** With older data Redis has members again in groups that all of this node's have left. */
  async #leaveAgain(): Promise<void> {
    await this.#lookAfter(this.#left.names, async (name) => {
      if (this.#groups.has(name) || this.#own.has(name)) return;
      await this.#roster(ROSTER_REAP, name, [this.#node.id]);
    });
  }

  /** A few at a time, so that what is sent meanwhile does not wait for all of them. */
  async #lookAfter(groups: Iterable<string>, look: (name: string) => Promise<void>): Promise<void> {
    const names = [...groups];
    while (names.length > 0) {
      const some = names.splice(0, PROBES_AT_ONCE);
      await Promise.all(
        some.map((name) =>
          look(name).catch((error) => {
            // What Redis refuses for one group it may do for the others.
            if (!this.#link.canSend) throw error;
            logger.debug("Cannot look after {name}: {error}", { name, error });
          })
        ),
      );
    }
  }

  async #probe(name: string, group: RedisGroup, dead: (node: string) => boolean): Promise<void> {
    if (group.position === undefined || group.closed) return;
    const known = { ...group.position, version: group.rosterVersion };
    const [epoch, seq, version] = await this.#link.run(PROBE, this.#names.keys(name), [
      String(this.#options.ttl),
      String(ROSTER_LIFE),
    ]);
    const now = { epoch: String(epoch), seq: Number(seq), version: Number(version) };
    const missed = group.missed(known, now);
    if (missed !== undefined) {
      group.interrupt();
      if (missed === "deaf") this.#link.renewSubscriptions();
      this.#catchUp(name, group);
    }
    for (const node of group.nodes) {
      if (node !== this.#node.id && dead(node)) await this.#roster(ROSTER_REAP, name, [node]);
    }
    // With older data Redis has members again who have left this node.
    for (const id of group.membersOf(this.#node.id)) {
      if (!this.#own.get(name)?.has(id)) await this.rosterDiscard(name, id);
    }
  }

  #roster(script: Script, name: string, args: string[]): Promise<unknown[]> {
    const common = [this.#names.eventsChannel(name), String(ROSTER_LIFE)];
    return this.#link.run(script, this.#names.keys(name), [...common, ...args]);
  }
}

function rosterOf(members: Buffer[]): Map<string, RosterEntry> {
  const roster = new Map<string, RosterEntry>();
  for (const [id, member] of pairs(members)) {
    const [nodes = "", , name = ""] = member.split("\n");
    roster.set(id, { nodes, name });
  }
  return roster;
}
