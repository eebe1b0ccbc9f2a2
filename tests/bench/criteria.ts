import type { Figures } from "./results.ts";
import type { Criterion } from "./shapes.ts";
import { bytes, milliseconds, short } from "./written.ts";

/** A figure that servers are compared by. */
export interface Measure {
  /** What it is, and which way is better. */
  label: string;
  better: "more" | "less";
  of(figures: Figures): number | undefined;
  write(value: number): string;
}

/** What a shape can be judged by. */
export const CRITERIA: Record<Criterion, Measure> = {
  deliveriesPerCpu: {
    label: "deliveries per server CPU second",
    better: "more",
    of: ({ deliveriesPerCpu }) => deliveriesPerCpu,
    write: short,
  },
  p99: {
    label: "p99 latency",
    better: "less",
    of: ({ p99 }) => p99,
    write: milliseconds,
  },
  memoryPerSocket: {
    label: "memory per member",
    better: "less",
    of: ({ memoryPerSocket }) => memoryPerSocket,
    write: bytes,
  },
};
