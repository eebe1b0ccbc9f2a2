import { LatencyHistogram } from "./latency_histogram.ts";
import { SaidMessages } from "./said_messages.ts";

/** What all members of a load count together. */
export class Tally {
  /** What they said. */
  readonly said = new SaidMessages();
  /** How many messages were said in each room. */
  readonly saidIn: number[];
  /** How long each delivery took that was measured, from the saying to the hearing. */
  readonly latencies = new LatencyHistogram();
  /** Messages heard, each by each member. */
  heard = 0;
  /** Of those, the ones that were measured. */
  deliveries = 0;
  /** Frames from the server. */
  frames = 0;
  /** Bytes from the server. */
  bytes = 0;
  /** Members whose connection ended before the load did. */
  ended = 0;
  /** Whether members go on talking: one who hears its own message then says the next. */
  talking = false;
  /** Whether what is heard counts as measured. */
  measuring = false;
  /** Whether the load is over, and connections end because we end them. */
  over = false;

  constructor(rooms: number) {
    this.saidIn = new Array(rooms).fill(0);
  }

  /** How many messages are still to be heard, by these numbers of members in each room. */
  missing(membersIn: readonly number[]): number {
    return this.saidIn.reduce((sum, said, room) => sum + said * membersIn[room]!, -this.heard);
  }
}
