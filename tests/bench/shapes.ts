import type { ContenderName } from "./contenders.ts";
import type { LoadOptions } from "./load.ts";

/** What a shape is judged by. */
export type Criterion = "deliveriesPerCpu" | "p99" | "memoryPerSocket";

/** A load under which servers are compared. */
export interface Shape {
  /** What it is, for a table. */
  what: string;
  criterion: Criterion;
  load: LoadOptions;
  /** How many times as long as others it is measured. @default 1 */
  stretch?: number;
  /** Nodes of the server, over one Redis when there are several. @default 1 */
  nodes?: number;
  /** Contenders that are measured beside those of every shape. */
  also?: ContenderName[];
}

const FANOUT: Shape = {
  what: "1 room of 100, 4 of them talk as fast as they are answered",
  criterion: "deliveriesPerCpu",
  load: { members: 100, rooms: 1, publishers: 4, pace: { unanswered: 4 } },
};

const SMALL_ROOMS: Shape = {
  what: "100 rooms of 10, 2 of each talk as fast as they are answered",
  criterion: "deliveriesPerCpu",
  load: { members: 1_000, rooms: 100, publishers: 2, pace: { unanswered: 2 } },
};

const QUIET: Shape = {
  what: "20 rooms of 10, 40 messages a second in all",
  criterion: "p99",
  // a percentile of few messages is shaky
  stretch: 4,
  load: { members: 200, rooms: 20, publishers: 1, pace: { perSecond: 40 } },
};

/** The table's loads, by name. */
export const SHAPES: Record<string, Shape> = {
  fanout: { ...FANOUT, also: ["parley-plain"] },
  busy: {
    what: "1 room of 100, 50 of them talk as fast as they are answered",
    criterion: "deliveriesPerCpu",
    load: { members: 100, rooms: 1, publishers: 50, pace: { unanswered: 4 } },
  },
  "small-rooms": SMALL_ROOMS,
  "big-room": {
    what: "1 room of 1,000, 40 messages a second",
    criterion: "deliveriesPerCpu",
    load: { members: 1_000, rooms: 1, publishers: 20, pace: { perSecond: 40 } },
  },
  quiet: QUIET,
  idle: {
    what: "5,000 members of 500 rooms who say nothing",
    criterion: "memoryPerSocket",
    load: { members: 5_000, rooms: 500, publishers: 0, pace: { perSecond: 0 } },
  },
  "two-nodes-fanout": { ...FANOUT, nodes: 2 },
  "two-nodes-small-rooms": { ...SMALL_ROOMS, nodes: 2 },
  "two-nodes-quiet": { ...QUIET, nodes: 2 },
};

/** How the cost of a delivery changes with one property of the load. */
export interface Curve {
  /** What changes. */
  axis: string;
  /** What stays. */
  what: string;
  /** Where it is measured. */
  points: number[];
  /** How a point is written at the axis, where it is not the number. */
  label?(point: number): string;
  load(point: number): LoadOptions;
}

/** The picture's curves, by name. */
export const CURVES: Record<string, Curve> = {
  members: {
    axis: "members of the room",
    what: "1 room, 4 of it talk",
    points: [10, 30, 100, 300, 1_000, 3_000],
    load: (members) => ({ members, rooms: 1, publishers: 4, pace: { unanswered: 4 } }),
  },
  rooms: {
    axis: "rooms",
    what: "rooms of 10, 2 of each talk",
    points: [1, 10, 100, 1_000],
    load: (rooms) => ({ members: rooms * 10, rooms, publishers: 2, pace: { unanswered: 2 } }),
  },
  size: {
    axis: "size of a message",
    what: "1 room of 100, 4 of it talk",
    points: [64, 256, 1_024, 4_096, 16_384],
    label: (bytes) => bytes < 1_024 ? `${bytes} B` : `${bytes / 1_024} KB`,
    load: (textBytes) => ({ ...FANOUT.load, textBytes }),
  },
};
