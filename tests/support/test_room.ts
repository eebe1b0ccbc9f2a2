import { FanOut, type Flushable } from "../../server/fan_out.ts";
import type { LoggedMessage } from "../../server/layers/channel_layer.ts";
import { MOST_NEEDED } from "../../server/layers/message_log.ts";
import { Member, type Resume, type Start } from "../../server/member.ts";
import { randomId } from "../../server/random_id.ts";
import { Room } from "../../server/room.ts";
import type { RoomLimits } from "../../server/room_log.ts";
import { RecordingConnection } from "./recording_connection.ts";

/** A fan-out that keeps what it was asked. */
export class RecordingFanOut extends FanOut {
  /** Of each time that something was marked: whether its frames have the more messages the later it is flushed. */
  marks: boolean[] = [];
  /** Whether nothing is flushed but by the test. */
  still = false;

  override mark(flushable: Flushable, shares = true): boolean {
    this.marks.push(shares);
    return !this.still && super.mark(flushable, shares);
  }

  override markAnswer(flushable: Flushable): void {
    if (!this.still) super.markAnswer(flushable);
  }
}

/** How a {@linkcode TestRoom} is joined. */
export interface JoinOptions {
  plain?: boolean;
  resume?: Resume;
  /** Whether its connection is open at once. */
  open?: boolean;
  /** Told after each welcome. */
  onWelcome?: (connection: RecordingConnection) => void;
}

/** A member of a {@linkcode TestRoom}, and what was done with it. */
export interface Joined {
  connection: RecordingConnection;
  member: Member;
  /** Where it stood each time that it was welcomed. */
  starts: Start[];
}

/** A room whose epoch is "e", that is flushed when the test says so, and whose members are easily made. */
export class TestRoom implements Disposable {
  readonly fanOut = new RecordingFanOut();
  readonly room: Room;
  #seq: number;

  constructor(
    limits: Partial<RoomLimits> = {},
    history: LoggedMessage[] = [],
    seq = history.at(-1)?.seq ?? 0,
  ) {
    this.room = new Room(this.fanOut, { messages: 1000, bytes: 0, ttl: 0, ...limits });
    this.#seq = seq;
    this.room.load({ epoch: "e", seq, messages: history, members: [] });
  }

  join({ plain = false, resume, open = true, onWelcome }: JoinOptions = {}): Joined {
    const connection = new RecordingConnection();
    connection.open = open;
    const starts: Start[] = [];
    const welcome = (start: Start) => {
      starts.push(start);
      onWelcome?.(connection);
    };
    const member = new Member(connection, randomId(), plain ? undefined : welcome);
    this.room.add(member, resume);
    if (open) this.open(member);
    return { connection, member, starts };
  }

  /** The member's connection is open. */
  open(member: Member): void {
    this.room.open(member);
    this.fanOut.flush();
  }

  say(text: string, from?: string): void {
    this.room.message({
      seq: ++this.#seq,
      message: text,
      at: 1,
      ...(from !== undefined && { from }),
    });
  }

  /** Says so many messages of about 1 KB, each flushed. */
  flood(count: number): void {
    for (let n = 0; n < count; n++) {
      this.say("x".repeat(1000));
      this.fanOut.flush();
    }
  }

  [Symbol.dispose](): void {
    this.fanOut.flush();
    this.room.close();
  }
}

/** So many are kept for who is slow in a room with a history of 300. */
export const NEEDED = MOST_NEEDED * 300;

/** A log's messages with these numbers, each with its own as its text. */
export const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    seq: from + n,
    message: `${from + n}`,
    at: 1,
  }));

/** The numbers of the messages, and `undefined` for what is none. */
export const seqs = ({ objects }: RecordingConnection) =>
  objects.map(({ type, seq }) => type === undefined ? seq : undefined);
