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
import { LookTimer } from "./look_timer.ts";
import type { Member, Resume } from "./member.ts";
import { Members } from "./members.ts";
import { Close, encodeGap, encodeTyping } from "./protocol.ts";
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

/** Why a plain member is put out: it knows no gaps, and must not believe that it has heard all. */
const LOST = "messages were lost";

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
  /** Those who spoke, by id. */
  readonly #speakers = new Map<string, Member>();
  /** Those of whom something came in that they were not sent yet. */
  #unanswered: Member[] = [];
  #epoch = "";
  /** The number of the last message flushed to the members at the head. */
  #flushed = 0;
  /** What came in since the last flush, and how much that is in UTF-16 units. */
  #pending: Entry[] = [];
  #pendingLength = 0;
  /** The lowest number that a member is still to be sent from the log. */
  #needed = Infinity;
  readonly #typing = new Set<string>();
  readonly #looks = new LookTimer(() => this.#look());

  /** `onPresence`: hears what the layer says of the roster; true: nobody else needs to. */
  constructor(
    fanOut: FanOut,
    limits: RoomLimits,
    onPresence: (id: string, name: string | undefined) => boolean = () => false,
  ) {
    this.#fanOut = fanOut;
    this.#log = new RoomLog(limits);
    this.#onPresence = onPresence;
  }

  /** How many members the room has, on all nodes. */
  get count(): number {
    return this.#roster.size;
  }

  /** All members, or `undefined` when they are too many to be told. */
  get members(): readonly GroupMember[] | undefined {
    return this.#roster.list();
  }

  /** Starts from the group as the layer has it. */
  load({ epoch, seq, messages, members }: GroupState): void {
    this.#epoch = epoch;
    this.#flushed = seq;
    for (const message of messages) this.#log.push(message, encodeMessage(message), Infinity);
    // Without its newest messages there is nothing to go on from.
    if (messages.at(-1)?.seq !== seq) this.#log.beginAfter(seq);
    this.#roster.load(members);
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
    } else if (resume?.epoch === this.#epoch && resume.after >= oldest) {
      // It may come from a node that is ahead of this one.
      member.skipTo(resume.after);
    } else {
      member.skipTo(oldest);
      member.gap = resume !== undefined;
      member.newcomer = resume === undefined;
    }
    this.#members.add(member);
    this.#needed = Math.min(this.#needed, member.cursor + 1);
  }

  /** The member's connection is open: it is welcomed, and sent what it has missed, soon. */
  open(member: Member): void {
    member.backlog.begin(performance.now());
    this.#mark();
  }

  /** Lets a member go. Again: does nothing. */
  delete(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (this.#speakers.get(member.id) === member) this.#speakers.delete(member.id);
  }

  /** The member says something: it is to hear it before the others do, if they have to wait. */
  expectAnswer(member: Member): void {
    this.#speakers.set(member.id, member);
  }

  message(message: LoggedMessage, line = encodeMessage(message)): void {
    // Those at the head are still to be sent what was not flushed.
    const needed = Math.min(this.#needed, this.#flushed + 1);
    this.#pending.push(this.#log.push(message, line, needed));
    this.#pendingLength += line.length;
    const soon = this.#pendingLength < MOST_PENDING ? this.#mark() : this.#fanOut.mark(this, false);
    // A frame for the speaker alone is worth it only where the others have to wait.
    if (soon || message.from === undefined) return;
    const speaker = this.#speakers.get(message.from);
    if (speaker === undefined || speaker.unanswered) return;
    speaker.unanswered = true;
    if (this.#unanswered.push(speaker) === 1) this.#fanOut.markAnswer(this);
  }

  gap({ epoch, seq }: Position): void {
    this.flush();
    const renewed = epoch !== this.#epoch;
    const notBehind = this.#members.notBehind(this.#flushed);
    // Of a log that is gone nobody knows how much more it had.
    const reached = renewed ? this.#flushed : seq;
    this.#log.beginAfter(seq);
    this.#epoch = epoch;
    this.#flushed = seq;
    for (const member of [...notBehind, ...this.#members.behind]) {
      const { plain, connection, cursor } = member;
      if (plain && connection.open && cursor < reached) this.#drop(member, LOST);
      else if (renewed || cursor < seq) this.#skip(member, seq, renewed);
    }
    for (const member of notBehind) this.#members.place(member, seq);
    if (renewed) this.#welcomeAll();
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
      const before = this.#flushed;
      const batch = new Batch(pending, news, before);
      this.#flushed = batch.last;
      const onFull = (member: Member) => this.#fallBehind(member, told);
      const { atHead, plainAtHead, ahead } = this.#members;
      if (atHead.size > 0) atHead.send(batch.lines(before), before, onFull);
      if (plainAtHead.size > 0) plainAtHead.send(batch.plain(before), before, onFull);
      for (const member of [...ahead]) {
        if (this.#sendBatch(member, batch)) this.#members.place(member, this.#flushed);
        else onFull(member);
      }
    }
    this.#catchUpAll();
    return pending.length;
  }

  /** Sends to those who spoke what came in up to now, so that their own messages are among it. */
  answer(): void {
    const batch = new Batch(this.#pending, [], this.#flushed);
    for (const member of this.#takeUnanswered()) {
      if (this.#members.isAtHead(member)) member.cursor = this.#flushed;
      else if (!this.#members.ahead.has(member)) continue;
      if (this.#sendBatch(member, batch)) this.#members.place(member, this.#flushed);
      else this.#fallBehind(member, this.#roster.told);
    }
  }

  /** Stops the room's own timer. */
  close(): void {
    this.#looks.cancel();
  }

  /** Returns whether the flush comes in this turn of the event loop. */
  #mark(): boolean {
    return this.#fanOut.mark(this, !this.#members.mostlyPlain);
  }

  /** What lies up to that number is lost to the member; with a renewed log it is welcomed anew. */
  #skip(member: Member, seq: number, renewed: boolean): void {
    member.skipTo(seq);
    if (renewed) return;
    if (member.toWelcome) member.gap = !member.newcomer;
    else if (!member.plain) member.connection.send(encodeGap(seq));
  }

  /** What there is to tell of the roster, and of who is typing, to those at the head. */
  #takeNews(told: number): readonly string[] {
    if (!this.#roster.changed) return this.#takeTyping();
    const { lines, whole } = this.#roster.takeNews();
    if (whole) this.#allFallBehind(told);
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

  /** The log began anew: all are told where they stand in it, and that there is a gap. */
  #welcomeAll(): void {
    this.#allFallBehind(this.#roster.told);
    for (const member of this.#members.behind) {
      if (member.plain) continue;
      member.toWelcome = true;
      member.gap = !member.newcomer;
    }
    this.#mark();
  }

  /** All but the plain ones. */
  #allFallBehind(told: number): void {
    for (const member of this.#members.notBehind(this.#flushed)) {
      if (!member.plain) this.#fallBehind(member, told);
    }
  }

  /** `told`: how much it was told of the roster. */
  #fallBehind(member: Member, told: number): void {
    this.#members.moveBehind(member);
    member.told = told;
    member.backlog.begin(performance.now());
    this.#looks.hasten();
  }

  #catchUpAll(): void {
    const { behind } = this.#members;
    this.#needed = Infinity;
    if (behind.size > 0) {
      const now = performance.now();
      let full = false;
      for (const member of behind) {
        if (member.connection.open && this.#catchUp(member, now)) full = true;
        if (behind.has(member)) this.#needed = Math.min(this.#needed, member.cursor + 1);
      }
      if (full) this.#looks.plan();
    }
    if (behind.size === 0) {
      this.#log.rest();
      this.#roster.forget();
    }
  }

  /** Sends from the log until the member is at the head, or until its socket is full: then true. */
  #catchUp(member: Member, now: number): boolean {
    const { backlog } = member;
    if (backlog.look(now)) this.#looks.hasten();
    if (backlog.stalled) {
      this.#drop(member, "too slow");
      return false;
    }
    while (member.toWelcome || member.cursor < this.#flushed || this.#missesNews(member)) {
      if (!backlog.takes(0)) return true;
      if (member.toWelcome) this.#welcome(member);
      else if (member.plain && member.cursor < this.#oldest) {
        this.#drop(member, LOST);
        return false;
      } else {
        const more = member.cursor < this.#flushed;
        if (!(more ? this.#sendNext(member) : this.#tellMissed(member))) return true;
      }
      backlog.sent();
    }
    this.#members.place(member, this.#flushed);
    return false;
  }

  #missesNews(member: Member): boolean {
    return !member.plain && member.told < this.#roster.told;
  }

  /** Tells what it was not told of the roster while it was behind, if its socket takes it. */
  #tellMissed(member: Member): boolean {
    const news = this.#roster.toldAfter(member.told)?.join("\n");
    if (news === undefined) this.#welcome(member);
    else if (member.backlog.takes(news.length)) member.connection.send(news);
    else return false;
    member.told = this.#roster.told;
    return true;
  }

  #welcome(member: Member): void {
    // What left the log while it was still coming is nothing that it has lost, or is told by this.
    if (member.newcomer || member.gap) member.skipTo(Math.max(member.cursor, this.#oldest));
    member.newcomer = false;
    const { gap } = member;
    member.toWelcome = member.gap = false;
    member.told = this.#roster.told;
    member.welcome?.({ epoch: this.#epoch, seq: member.cursor, gap });
  }

  /** Sends what follows the member's cursor in the log, or after a gap, if its socket takes it. */
  #sendNext(member: Member): boolean {
    const { backlog, connection } = member;
    const after = Math.max(member.cursor, this.#oldest);
    // Nothing follows where one message is more than may be kept.
    const nothing = { text: "", bytes: 0, last: after };
    const part = after < this.#flushed ? this.#log.partAfter(after) : nothing;
    // A gap is told with what follows it: who has stopped would be told of one after the other.
    if (!backlog.takes(part.bytes)) return false;
    if (after > member.cursor) {
      member.skipTo(after);
      connection.send(encodeGap(after));
    }
    if (member.plain) {
      for (const text of this.#log.plainPartAfter(after)) connection.send(text);
    } else if (part.text !== "") connection.send(part.text);
    member.cursor = part.last;
    return true;
  }

  /** The number before the oldest message that can be sent again. */
  get #oldest(): number {
    return Math.min(this.#log.oldest, this.#flushed);
  }

  #drop(member: Member, reason: string): void {
    this.delete(member);
    member.connection.close(Close.tryAgainLater, reason);
    // A peer that reads nothing does not answer the close either.
    member.onDropped();
  }

  #look(): void {
    // A welcome is not to tell what others are still to be told of the roster.
    if (this.#roster.changed) this.flush();
    else this.#catchUpAll();
  }
}
