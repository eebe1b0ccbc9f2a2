import type { Member } from "./member.ts";
import { MembersAtHead } from "./members_at_head.ts";

/**
 * The members of a room on this node, each in one of four places: at the head, where all have had the
 * same, plain members and the others apart; ahead of it, who was answered early or came from a node
 * that had more; or behind it, who catches up from the log.
 */
export class Members {
  /** The `parley.v1` members that have had all that was flushed. */
  readonly atHead = new MembersAtHead();
  /** The plain members that have had all that was flushed. */
  readonly plainAtHead = new MembersAtHead();
  /** Those who have had more. */
  readonly ahead = new Set<Member>();
  /** Those who have had less, or are to be welcomed first. */
  readonly behind = new Set<Member>();
  /** The number of the last message that was flushed: all at the head have had it. */
  flushed = 0;
  /** Those who spoke, by id. */
  readonly #speakers = new Map<string, Member>();
  #size = 0;
  #plain = 0;

  /** How many frames so many messages are for all of them: each for a plain one, else one frame. */
  frames(messages: number): number {
    return this.#size - this.#plain + this.#plain * messages;
  }

  /** Whether half of them or more are plain. */
  get mostlyPlain(): boolean {
    return this.#plain * 2 >= this.#size;
  }

  /** Takes one in, behind. */
  add(member: Member): void {
    this.behind.add(member);
    this.#size++;
    if (member.plain) this.#plain++;
  }

  /** Lets one go. Again: does nothing. */
  delete(member: Member): void {
    if (!this.#take(member)) return;
    this.#size--;
    if (member.plain) this.#plain--;
    if (this.speaker(member.id) === member) this.#speakers.delete(member.id);
  }

  /** The member speaks. */
  setSpeaker(member: Member): void {
    this.#speakers.set(member.id, member);
  }

  /** The member with that id, if it spoke. */
  speaker(id: string): Member | undefined {
    return this.#speakers.get(id);
  }

  /** Whether it is at the head. */
  isAtHead(member: Member): boolean {
    return this.#head(member).has(member);
  }

  /** Moves a member to where its cursor says. */
  place(member: Member): void {
    if (!this.#take(member)) return;
    if (member.cursor > this.flushed) this.ahead.add(member);
    else this.#head(member).add(member);
  }

  /** Moves a member behind, also one that its place has given up already. */
  moveBehind(member: Member): void {
    this.#take(member);
    this.behind.add(member);
  }

  /** All who are not behind, with their cursors. */
  notBehind(): Member[] {
    const atHead = [...this.atHead, ...this.plainAtHead];
    for (const member of atHead) member.cursor = this.flushed;
    return [...atHead, ...this.ahead];
  }

  #head(member: Member): MembersAtHead {
    return member.plain ? this.plainAtHead : this.atHead;
  }

  #take(member: Member): boolean {
    return this.#head(member).delete(member) || this.ahead.delete(member) ||
      this.behind.delete(member);
  }
}
