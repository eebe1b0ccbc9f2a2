/**
 * The channel layer: groups of channels, each group with one log of numbered messages.
 *
 * This file is the contract. Whoever implements {@linkcode ChannelLayer} must keep every "must"
 * below; `tests/channel_layer_conformance.ts` holds each implementation to them.
 *
 * @module
 */

/** What is said to a group. */
export interface GroupMessage {
  /** The text; must be well-formed Unicode. */
  readonly message: string;
  /** The id of who says it. Missing for a sender that is no member. */
  readonly from?: string;
  /** The name of who says it, at that time. */
  readonly name?: string;
  /** The sender's own mark for this message; with `from` it makes a repeated send safe. */
  readonly ref?: string;
}

/** A message as it stands in its group's log. */
export interface LoggedMessage extends GroupMessage {
  /** Its number: 1 and up, without holes within an epoch. */
  readonly seq: number;
  /** When it was logged, in milliseconds since 1970, by the clock of the node that sent it. */
  readonly at: number;
}

/** A place in a group's log. */
export interface Position {
  /** Names this life of the log. It is random, and another one when the log began anew. */
  readonly epoch: string;
  /** The number of the last message, 0 before the first. */
  readonly seq: number;
}

/** Part of a group's log. */
export interface LogSlice extends Position {
  /** In order, without holes, ending with number `seq`; the log may no longer hold older ones. */
  readonly messages: readonly LoggedMessage[];
}

/** Someone in a group's roster. */
export interface GroupMember {
  /** Unique; without spaces and control characters. */
  readonly id: string;
  /** Unique in the group, by `foldName`; without control characters. */
  readonly name: string;
}

/** A group as a channel finds it. */
export interface GroupState extends LogSlice {
  /** The roster. */
  readonly members: readonly GroupMember[];
}

/** What a group delivers to. All of one channel's calls must come in the order of the log. */
export interface Channel {
  /**
   * The next message of the log; `line` is what `encodeMessage` makes of it, if the layer has that.
   * Must not throw.
   */
  message(message: LoggedMessage, line?: string): void;
  /**
   * Messages were lost for good. What comes next is the message after `position`, whose epoch
   * is a new one if the log began anew. Must not throw.
   */
  gap(position: Position): void;
  /** The member is in the roster, under that name; or it is not any more. Must not throw. */
  presence(id: string, name: string | undefined): void;
  /** The member is typing. May be lost. Must not throw. */
  typing(id: string): void;
}

/** The layer cannot be reached now. What failed may be tried again, with the same `ref`. */
export class LayerUnavailableError extends Error {
  /** The class. */
  override readonly name = "LayerUnavailableError";
}

/** How much of each group's log is kept. A limit of 0 is no limit, but for `messages`. */
export interface HistoryLimits {
  /** Messages in a group's log; 0 keeps none. */
  readonly messages: number;
  /** Bytes in a group's log, as the layer stores it. */
  readonly bytes: number;
  /** Milliseconds after its last message that a log is forgotten. */
  readonly ttl: number;
}

/** Groups, their channels and their logs; shared by all nodes that use the same backend. */
export interface ChannelLayer extends AsyncDisposable {
  /**
   * Adds the channel to the group. Once resolved, every later send to the group, by any node, must
   * reach the channel exactly once, in the order of the log. Adding it again changes nothing.
   * The result is the group as it stands: the channel's first message is the one after its log.
   *
   * @throws {LayerUnavailableError} when the layer is away; the channel is then not in the group.
   */
  groupAdd(group: string, channel: Channel): Promise<GroupState>;

  /**
   * Takes the channel out of the group. From the moment of the call it must not be called for that
   * group any more. When it was the group's last channel on this node, what the node held for the
   * group must be given back by the time this resolves, but for how far it was. A channel that is not
   * in the group, and a layer that is away, are no errors.
   */
  groupDiscard(group: string, channel: Channel): Promise<void>;

  /**
   * Gives the message the next number of the group's log and hands it to every channel of the group
   * on every node, this one included. Resolves to its place once it is logged. A second send with
   * the same `from` and `ref` must not be logged again: it resolves to the place of the first, for
   * as long as the log holds that message and for two minutes at least.
   *
   * @throws {LayerUnavailableError} when the layer is away: at once, or when it has answered nothing
   * for a second. The message may then have been logged or not: only a send with the same `ref` is
   * safe.
   */
  groupSend(group: string, message: GroupMessage): Promise<Position>;

  /**
   * Puts the member into the group's roster on behalf of this node, or gives it another name there.
   * Resolves to false, and changes nothing, when another member has that name. The members of a
   * node that dies must be out of the roster within 30 seconds.
   *
   * Every channel of the group must learn of each change of the roster, or, if several passed
   * meanwhile, of what came of them.
   *
   * @throws {LayerUnavailableError} as above.
   */
  rosterSet(group: string, member: GroupMember): Promise<boolean>;

  /**
   * Takes the member out of the roster, unless another node has put it there since.
   *
   * @throws {LayerUnavailableError} as above.
   */
  rosterDiscard(group: string, id: string): Promise<void>;

  /** Tells every channel of the group that the member is typing, if that is possible now. */
  groupTyping(group: string, id: string): void;

  /** Whether the layer can be reached now, and takes what is sent. */
  readonly ready: boolean;

  /**
   * What the nodes sign with. The first is today's, the same on all nodes of the layer once it was
   * reached; the others are known from before.
   */
  readonly secrets: readonly string[];

  /** Leaves all groups, closes what is open, and resolves when nothing is left behind. */
  [Symbol.asyncDispose](): Promise<void>;
}
