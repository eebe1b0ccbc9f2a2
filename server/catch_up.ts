import type { Position } from "./layers/channel_layer.ts";
import type { Needed } from "./layers/message_log.ts";
import { LookTimer } from "./look_timer.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { Close, encodeGap } from "./protocol.ts";
import type { RoomLog } from "./room_log.ts";
import type { Roster } from "./roster.ts";

/** Why a plain member is put out: it knows no gaps, and must not believe that it has heard all. */
const LOST = "messages were lost";

/** What a {@linkcode CatchUp} is for. */
export interface CatchUpDependencies {
  /** What is caught up from. */
  readonly log: RoomLog;
  /** What there was to tell of the members meanwhile. */
  readonly roster: Roster;
  /** Those who are behind are brought to the head. */
  readonly members: Members;
  /** The time has come to {@linkcode CatchUp.run} again. */
  readonly look: () => void;
}

/**
 * Brings a room's members to the head who are behind: they are welcomed, told what is lost, and sent
 * from the log what they have missed, each as fast as its socket takes it. Nothing is queued for them
 * meanwhile.
 */
export class CatchUp {
  readonly #log: RoomLog;
  readonly #roster: Roster;
  readonly #members: Members;
  readonly #looks: LookTimer;
  /** What is {@linkcode needed}, by those who are behind alone. */
  #from = Infinity;
  #awaitedFrom = Infinity;

  /** Nobody is behind yet. */
  constructor({ log, roster, members, look }: CatchUpDependencies) {
    this.#log = log;
    this.#roster = roster;
    this.#members = members;
    this.#looks = new LookTimer(look);
  }

  /** What of the log is still to be sent to somebody: who is behind, or at the head. */
  get needed(): Needed {
    const next = this.#members.flushed + 1;
    return { from: Math.min(this.#from, next), awaitedFrom: Math.min(this.#awaitedFrom, next) };
  }

  /** Takes in a new member, whose cursor says what it has had. */
  add(member: Member): void {
    this.#members.add(member);
    this.#countIn(member, performance.now());
  }

  /** The member falls behind. `told`: how much it was told of the roster. */
  fallBehind(member: Member, told: number): void {
    this.#members.moveBehind(member);
    member.told = told;
    member.backlog.begin(performance.now());
    this.#looks.hasten();
  }

  /** The same for all but the plain ones. */
  allFallBehind(told: number): void {
    for (const member of this.#members.notBehind()) {
      if (!member.plain) this.fallBehind(member, told);
    }
  }

  /**
   * The layer has lost what lies before that position: so have those who had not had it. Returns
   * whether the log began anew, so that the next {@linkcode run} welcomes all again.
   */
  gap(position: Position): boolean {
    const { seq } = position;
    const members = this.#members;
    const renewed = position.epoch !== this.#log.epoch;
    const notBehind = members.notBehind();
    // Of a log that is gone nobody knows how much more it had.
    const reached = renewed ? members.flushed : seq;
    this.#log.beginAfter(position);
    members.flushed = seq;
    for (const member of [...notBehind, ...members.behind]) {
      const { plain, connection, cursor } = member;
      if (plain && connection.open && cursor < reached) this.#drop(member, LOST);
      else if (renewed || cursor < seq) this.#skip(member, seq, renewed);
    }
    for (const member of notBehind) members.place(member);
    if (renewed) this.#welcomeAll();
    return renewed;
  }

  /** Sends each of those who are behind what it can take now, and looks again soon if that is not all. */
  run(): void {
    const { behind } = this.#members;
    this.#from = this.#awaitedFrom = Infinity;
    if (behind.size > 0) {
      const now = performance.now();
      let full = false;
      for (const member of behind) {
        if (member.connection.open && this.#catchUp(member, now)) full = true;
        if (behind.has(member)) this.#countIn(member, now);
      }
      if (full) this.#looks.plan();
    }
    this.#log.release(this.needed);
    if (behind.size === 0) {
      this.#log.rest();
      this.#roster.forget();
    }
  }

  /** Looks no more. */
  cancel(): void {
    this.#looks.cancel();
  }

  #countIn({ backlog, cursor }: Member, now: number): void {
    const next = cursor + 1;
    this.#from = Math.min(this.#from, next);
    if (backlog.isAwaited(now)) this.#awaitedFrom = Math.min(this.#awaitedFrom, next);
  }

  /** What lies up to that number is lost to the member; with a renewed log it is welcomed anew. */
  #skip(member: Member, seq: number, renewed: boolean): void {
    member.skipTo(seq);
    // A plain one is told of none: what it misses from here on has it put out.
    if (renewed || member.plain) return;
    if (member.toWelcome) member.gap = !member.newcomer;
    else member.connection.send(encodeGap(seq));
  }

  /** The log began anew: all are told where they stand in it, and that there is a gap. */
  #welcomeAll(): void {
    this.allFallBehind(this.#roster.told);
    for (const member of this.#members.behind) {
      if (member.plain) continue;
      member.toWelcome = true;
      member.gap = !member.newcomer;
    }
  }

  /** Sends from the log until the member is at the head, or until its socket is full: then true. */
  #catchUp(member: Member, now: number): boolean {
    const { backlog } = member;
    const members = this.#members;
    if (backlog.look(now)) this.#looks.hasten();
    if (backlog.stalled) {
      this.#drop(member, "too slow");
      return false;
    }
    while (member.toWelcome || member.cursor < members.flushed || this.#missesNews(member)) {
      if (!backlog.takes(0)) return true;
      if (member.toWelcome) this.#welcome(member);
      else if (member.plain && member.cursor < this.#oldest) {
        this.#drop(member, LOST);
        return false;
      } else {
        const more = member.cursor < members.flushed;
        if (!(more ? this.#sendNext(member) : this.#tellMissed(member))) return true;
      }
      backlog.sent();
    }
    members.place(member);
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
    member.welcome?.({ epoch: this.#log.epoch, seq: member.cursor, gap });
  }

  /** Sends what follows the member's cursor in the log, or after a gap, if its socket takes it. */
  #sendNext(member: Member): boolean {
    const { backlog, connection } = member;
    const after = Math.max(member.cursor, this.#oldest);
    // Nothing follows where one message is more than may be kept.
    const nothing = { text: "", bytes: 0, last: after };
    const part = after < this.#members.flushed ? this.#log.partAfter(after) : nothing;
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
    return Math.min(this.#log.oldest, this.#members.flushed);
  }

  #drop(member: Member, reason: string): void {
    this.#members.delete(member);
    member.connection.close(Close.tryAgainLater, reason);
    // A peer that reads nothing does not answer the close either.
    member.onDropped();
  }
}
