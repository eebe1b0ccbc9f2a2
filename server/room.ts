import { CatchUp } from "./catch_up.ts";
import { Batch, type Entry } from "./frames.ts";
import type { FanOut, Flushable } from "./fan_out.ts";
import type {
  Channel,
  GroupMember,
  GroupState,
  LoggedMessage,
  Position,
} from "./layers/channel_layer.ts";
import { encodeMessage } from "./layers/encode_message.ts";
import type { Member, Resume } from "./member.ts";
import { Members } from "./members.ts";
import { encodeTyping } from "./protocol.ts";
import { type RoomLimits, RoomLog } from "./room_log.ts";
import { MOST_LISTED, Roster } from "./roster.ts";

/**
 * A batch of this length waits no longer, in UTF-16 units. A frame costs some 6 µs and 1 ns a byte
 * (measured with 100 members on Deno 2.9.6): by now it is its bytes, and waiting for more saves
 * nothing.
 */
const MOST_PENDING = 32 * 1024;

/** The common case, for which nothing is made. */
const NO_NEWS: readonly string[] = [];

/**
 * A room on this node: the newest part of its log, and its members' cursors in it. Members at the
 * head all get the same frame, made once; the others catch up from the log as fast as they read, so
 * that nothing is queued for them.
 */
export class Room implements Channel, Flushable {
  readonly #fanOut: FanOut;
  readonly #log: RoomLog;
  readonly #roster = new Roster();
  readonly #onPresence: (id: string, name: string | undefined) => boolean;
  readonly #members = new Members();
  readonly #catchUp: CatchUp;
  /** Those of whom something came in that they were not sent yet. */
  #unanswered: Member[] = [];
  /** What came in since the last flush, and how much that is in UTF-16 units. */
  #pending: Entry[] = [];
  #pendingLength = 0;
  readonly #typing = new Set<string>();

  /** `onPresence`: hears what the layer says of the roster; true: nobody else needs to. */
  constructor(
    fanOut: FanOut,
    limits: RoomLimits,
    onPresence: (id: string, name: string | undefined) => boolean = () => false,
  ) {
    this.#fanOut = fanOut;
    this.#log = new RoomLog(limits);
    this.#onPresence = onPresence;
    this.#catchUp = new CatchUp({
      log: this.#log,
      roster: this.#roster,
      members: this.#members,
      look: () => this.#look(),
    });
  }

  /** How many members the room has, on all nodes. */
  get count(): number {
    return this.#roster.size;
  }

  /** The member's name as the members were told it last. */
  nameTold(id: string): string | undefined {
    return this.#roster.nameTold(id);
  }

  /** All members, or `undefined` when they are too many to be told. */
  get members(): readonly GroupMember[] | undefined {
    return this.#roster.list();
  }

  /** Starts from the group as the layer has it. */
  load(state: GroupState): void {
    this.#log.load(state);
    this.#members.flushed = state.seq;
    this.#roster.load(state.members);
  }

  /**
   * Takes a member in. It is sent nothing before {@linkcode open}, and misses nothing from here on but
   * what the layer loses. A plain member begins at the head; another one with the kept history, or
   * where it was.
   */
  add(member: Member, resume?: Resume): void {
    this.#log.expire();
    const oldest = this.#log.oldestTold;
    if (member.plain) {
      member.skipTo(this.#log.last);
    } else if (resume?.epoch === this.#log.epoch && resume.after >= oldest) {
      // It may come from a node that is ahead of this one.
      member.skipTo(resume.after);
    } else {
      member.skipTo(oldest);
      member.gap = resume !== undefined;
      member.newcomer = resume === undefined;
    }
    this.#catchUp.add(member);
  }

  /** The member's connection is open: it is welcomed, and sent what it has missed, soon. */
  open(member: Member): void {
    member.backlog.begin(performance.now());
    this.#mark();
  }

  /** Lets a member go. Again: does nothing. */
  delete(member: Member): void {
    this.#members.delete(member);
  }

  /** The member says something: it is to hear it before the others do, if they have to wait. */
  expectAnswer(member: Member): void {
    this.#members.setSpeaker(member);
  }

  message(message: LoggedMessage, line = encodeMessage(message)): void {
    this.#pending.push(this.#log.push(message, line, this.#catchUp.needed));
    this.#pendingLength += line.length;
    const soon = this.#pendingLength < MOST_PENDING ? this.#mark() : this.#fanOut.mark(this, false);
    // A frame for the speaker alone is worth it only where the others have to wait.
    if (soon || message.from === undefined) return;
    const speaker = this.#members.speaker(message.from);
    if (speaker === undefined || speaker.unanswered) return;
    speaker.unanswered = true;
    if (this.#unanswered.push(speaker) === 1) this.#fanOut.markAnswer(this);
  }

  gap(position: Position): void {
    this.flush();
    if (this.#catchUp.gap(position)) this.#mark();
  }

  presence(id: string, name: string | undefined): void {
    if (this.#onPresence(id, name)) return;
    if (this.#roster.set(id, name)) this.#mark();
  }

  typing(id: string): void {
    if (this.#roster.size > MOST_LISTED) return;
    this.#typing.add(id);
    this.#mark();
  }

  frames(messages: number): number {
    return this.#members.frames(messages);
  }

  /**
   * Sends what came in to the members at the head, and to the others what they can take. Returns how
   * many messages came in.
   */
  flush(): number {
    const pending = this.#pending;
    const { told } = this.#roster;
    const news = this.#takeNews(told);
    if (pending.length > 0 || news.length > 0) {
      this.#pending = [];
      this.#pendingLength = 0;
      this.#takeUnanswered();
      const members = this.#members;
      const before = members.flushed;
      const batch = new Batch(pending, news, before);
      members.flushed = batch.last;
      const onFull = (member: Member) => this.#catchUp.fallBehind(member, told);
      const { atHead, plainAtHead, ahead } = members;
      if (atHead.size > 0) atHead.send(batch.lines(before), before, onFull);
      if (plainAtHead.size > 0) plainAtHead.send(batch.plain(before), before, onFull);
      for (const member of [...ahead]) {
        if (this.#sendBatch(member, batch)) members.place(member);
        else onFull(member);
      }
    }
    this.#catchUp.run();
    return pending.length;
  }

  /**
   * Sends to those who spoke what came in up to now, so that their own messages are among it. Returns
   * how many they are.
   */
  answer(): number {
    const members = this.#members;
    const batch = new Batch(this.#pending, [], members.flushed);
    const unanswered = this.#takeUnanswered();
    for (const member of unanswered) {
      if (members.isAtHead(member)) member.cursor = members.flushed;
      else if (!members.ahead.has(member)) continue;
      if (this.#sendBatch(member, batch)) members.place(member);
      else this.#catchUp.fallBehind(member, this.#roster.told);
    }
    return unanswered.length;
  }

  /** Stops the room's own timer. */
  close(): void {
    this.#catchUp.cancel();
  }

  /** Returns whether the flush comes in this turn of the event loop. */
  #mark(): boolean {
    return this.#fanOut.mark(this, !this.#members.mostlyPlain);
  }

  /** What there is to tell of the roster, and of who is typing, to those at the head. */
  #takeNews(told: number): readonly string[] {
    if (!this.#roster.changed) return this.#takeTyping();
    const { lines, whole } = this.#roster.takeNews();
    if (whole) this.#catchUp.allFallBehind(told);
    return [...lines, ...this.#takeTyping()];
  }

  #takeUnanswered(): Member[] {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    for (const member of unanswered) member.unanswered = false;
    return unanswered;
  }

  #takeTyping(): readonly string[] {
    if (this.#typing.size === 0) return NO_NEWS;
    const lines = [...this.#typing].map(encodeTyping);
    this.#typing.clear();
    return lines;
  }

  /** Sends what it has not had of the batch, if its socket takes it: else false. */
  #sendBatch(member: Member, batch: Batch): boolean {
    const { backlog, connection, cursor } = member;
    for (const { text, bytes, last } of member.plain ? batch.plain(cursor) : batch.lines(cursor)) {
      if (!backlog.takes(bytes)) return false;
      connection.send(text);
      member.cursor = last;
    }
    return true;
  }

  #look(): void {
    // A welcome is not to tell what others are still to be told of the roster.
    if (this.#roster.changed) this.flush();
    else this.#catchUp.run();
  }
}
