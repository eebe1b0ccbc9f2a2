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
  /** Who says it: the id and name of a member. Missing for a sender that has none. */
  readonly from?: string;
  /** @see {@linkcode GroupMessage.from} */
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

/** What a group delivers to. All of one channel's calls must come in the order of the log. */
export interface Channel {
  /** The next message of the log. Must not throw. */
  message(message: LoggedMessage): void;
  /**
   * Messages were lost for good. What comes next is the message after `position`, whose epoch
   * is a new one if the log began anew. Must not throw.
   */
  gap(position: Position): void;
}

/** The layer cannot be reached now. What failed may be tried again, with the same `ref`. */
export class LayerUnavailableError extends Error {
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
   * The result is the log as it stands: the channel's first message is the one after it.
   *
   * @throws {LayerUnavailableError} when the layer is away; the channel is then not in the group.
   */
  groupAdd(group: string, channel: Channel): Promise<LogSlice>;

  /**
   * Takes the channel out of the group. From the moment of the call it must not be called for that
   * group any more. When it was the group's last channel on this node, what the node held for the
   * group must be given back by the time this resolves. A channel that is not in the group, and a
   * layer that is away, are no errors.
   */
  groupDiscard(group: string, channel: Channel): Promise<void>;

  /**
   * Gives the message the next number of the group's log and hands it to every channel of the group
   * on every node, this one included. Resolves to its place once it is logged. A second send with
   * the same `from` and `ref` must not be logged again: it resolves to the place of the first, for
   * as long as the log holds that message and for two minutes at least.
   *
   * @throws {LayerUnavailableError} within a second when the layer is away. The message may then
   * have been logged or not: only a send with the same `ref` is safe.
   */
  groupSend(group: string, message: GroupMessage): Promise<Position>;

  /** Whether the layer can be reached now. */
  readonly ready: boolean;

  /** Leaves all groups, closes what is open, and resolves when nothing is left behind. */
  [Symbol.asyncDispose](): Promise<void>;
}
