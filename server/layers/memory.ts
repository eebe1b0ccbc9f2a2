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
import { encodeMessage } from "./encode_message.ts";
import { MessageLog } from "./message_log.ts";
import { foldName } from "../member_name.ts";
import { randomId } from "../random_id.ts";
import { REF_LIFE, RefMemory } from "./ref_memory.ts";

/** Options of {@linkcode MemoryChannelLayer}. */
export interface MemoryChannelLayerOptions extends HistoryLimits {
  /** Bytes of all groups' logs together; the logs that were silent longest go first. 0: no limit. */
  readonly totalBytes: number;
  /** What to sign with; @default a random one. */
  readonly secret?: string;
  /** Tells how much time passes, in milliseconds; @default {performance.now} */
  readonly now?: () => number;
}

interface Group {
  readonly epoch: string;
  seq: number;
  readonly channels: Set<Channel>;
  readonly log: MessageLog;
  /** How much of its memory is counted. */
  counted: number;
  readonly refs: RefMemory;
  /** Names by id. */
  readonly members: Map<string, string>;
  /** Ids by folded name. */
  readonly names: Map<string, string>;
  lastAt: number;
  /** Whether nobody is in it, so that it is kept for its log and its refs alone. */
  unused: boolean;
}

/** What a group that is kept for its log roughly takes in memory besides, in bytes. */
const GROUP_OVERHEAD = 2048;

/** How often logs that have outlived their `ttl` are looked for, in milliseconds. */
const SWEEP_INTERVAL = 60_000;

/** The channel layer of a server that stands alone: everything in this process' memory. */
export class MemoryChannelLayer implements ChannelLayer {
  readonly ready = true;
  readonly secrets: readonly string[];
  readonly #options: MemoryChannelLayerOptions;
  readonly #now: () => number;
  readonly #groups = new Map<string, Group>();
  readonly #sweeper: ReturnType<typeof setInterval>;
  #bytes = 0;

  /** An empty one. */
  constructor(options: MemoryChannelLayerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.secrets = [options.secret ?? randomId() + randomId()];
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL);
  }

  groupAdd(name: string, channel: Channel): Promise<GroupState> {
    const before = this.#groups.get(name);
    if (before !== undefined) this.#expire(name, before);
    const group = this.#group(name);
    group.channels.add(channel);
    this.#account(group);
    const lines = group.log.after(0)?.text.split("\n") ?? [];
    this.#count(group);
    const messages: LoggedMessage[] = lines.map((line) => JSON.parse(line));
    const members = [...group.members].map(([id, name]) => ({ id, name }));
    return Promise.resolve({ epoch: group.epoch, seq: group.seq, messages, members });
  }

  groupDiscard(name: string, channel: Channel): Promise<void> {
    const group = this.#groups.get(name);
    if (group?.channels.delete(channel)) {
      this.#account(group);
      if (group.seq === 0) this.#forgetIfUnused(name, group);
    }
    return Promise.resolve();
  }

  groupSend(name: string, message: GroupMessage): Promise<Position> {
    const group = this.#group(name);
    const now = this.#now();
    const { epoch } = group;
    const known = group.refs.get(message.from, message.ref, now);
    if (known !== undefined) return Promise.resolve({ epoch, seq: known });

    const seq = ++group.seq;
    group.lastAt = now;
    group.refs.set(message.from, message.ref, seq);
    const logged: LoggedMessage = { ...message, seq, at: Date.now() };
    const line = encodeMessage(logged);
    group.log.push(seq, line);
    this.#count(group);
    if (this.#options.totalBytes > 0 && this.#bytes > this.#options.totalBytes) this.#makeRoom();
    for (const channel of group.channels) channel.message(logged, line);
    return Promise.resolve({ epoch, seq });
  }

  rosterSet(name: string, { id, name: own }: GroupMember): Promise<boolean> {
    const group = this.#group(name);
    const fold = foldName(own);
    const owner = group.names.get(fold);
    if (owner !== undefined && owner !== id) return Promise.resolve(false);
    const before = group.members.get(id);
    if (before === own) return Promise.resolve(true);
    if (before !== undefined) group.names.delete(foldName(before));
    group.names.set(fold, id);
    group.members.set(id, own);
    this.#account(group);
    for (const channel of group.channels) channel.presence(id, own);
    return Promise.resolve(true);
  }

  rosterDiscard(name: string, id: string): Promise<void> {
    const group = this.#groups.get(name);
    const before = group?.members.get(id);
    if (group !== undefined && before !== undefined) {
      group.members.delete(id);
      group.names.delete(foldName(before));
      this.#account(group);
      for (const channel of group.channels) channel.presence(id, undefined);
    }
    return Promise.resolve();
  }

  groupTyping(name: string, id: string): void {
    for (const channel of this.#groups.get(name)?.channels ?? []) channel.typing(id);
  }

  /** Forgets the logs whose last message is older than the `ttl`. */
  sweep(): void {
    for (const [name, group] of this.#groups) this.#expire(name, group);
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    this.#groups.clear();
    return Promise.resolve();
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {
        epoch: randomId(),
        seq: 0,
        channels: new Set(),
        log: new MessageLog(this.#options),
        counted: 0,
        refs: new RefMemory(this.#options.messages),
        members: new Map(),
        names: new Map(),
        lastAt: this.#now(),
        unused: false,
      };
      this.#groups.set(name, group);
      this.#account(group);
    }
    return group;
  }

  #expire(name: string, group: Group): void {
    const { ttl } = this.#options;
    const silent = this.#now() - group.lastAt;
    if (ttl > 0 && silent > ttl) this.#clear(group);
    this.#forgetIfOld(name, group);
  }

  #clear(group: Group): void {
    group.log.clear();
    this.#count(group);
  }

  /**
   * Counts its log, and itself where it is kept for that: those in use are as many as there are
   * connections, and for its refs alone none is kept for long, whatever other logs take.
   */
  #count(group: Group): void {
    const { memory } = group.log;
    const counted = group.unused && memory > 0 ? memory + GROUP_OVERHEAD : memory;
    this.#bytes += counted - group.counted;
    group.counted = counted;
  }

  #account(group: Group): void {
    const unused = group.channels.size === 0 && group.members.size === 0;
    if (unused === group.unused) return;
    group.unused = unused;
    this.#count(group);
  }

  /** The refs must be known for a while even if the log is not kept. */
  #forgetIfOld(name: string, group: Group): void {
    if (this.#now() - group.lastAt > REF_LIFE) this.#forgetIfUnused(name, group);
  }

  /** A group that nobody is in and of which nothing was kept may begin anew, as another epoch. */
  #forgetIfUnused(name: string, group: Group): void {
    if (!group.unused) return;
    const empty = group.log.length === 0;
    // A log that is asked writes what it has.
    this.#count(group);
    if (empty && this.#groups.delete(name)) this.#bytes -= group.counted;
  }

  /** Frees a tenth more than needed, so that the search for the oldest is not made at each send. */
  #makeRoom(): void {
    const target = this.#options.totalBytes * 0.9;
    const oldestFirst = [...this.#groups].sort(([, a], [, b]) => a.lastAt - b.lastAt);
    for (const [name, group] of oldestFirst) {
      if (this.#bytes <= target) return;
      this.#clear(group);
      this.#forgetIfOld(name, group);
    }
  }
}
