import { CONTENDERS } from "./contenders.ts";
import { CRITERIA } from "./criteria.ts";
import { figuresOf, type Trial } from "./results.ts";
import { SHAPES } from "./shapes.ts";
import { element, text } from "./svg.ts";

/** Where the bars begin: the names stand to the left. */
const LEFT = 100;

/** What stands to the right of the longest bar: its figure. */
const RIGHT = 62;

const HEADING = 58;
const STEP = 22;
const THICKNESS = 14;

/** How high the panel of a shape is that compares so many servers. */
export function barsHeight(count: number): number {
  return HEADING + count * STEP + 8;
}

/** A panel for one shape: a bar for each server, of the figure that counts, from zero. */
export function bars(load: string, trials: Trial[], width: number): string[] {
  const { criterion } = SHAPES[load]!;
  const { label, of, write, better } = CRITERIA[criterion];
  const values = trials.map((trial) => {
    const figures = figuresOf(trial);
    return figures && of(figures);
  });
  const longest = Math.max(...values.map((value) => value ?? 0));
  return [
    text(0, 14, HEADINGS[load] ?? load, { class: "heading" }),
    text(0, 31, SUBTITLES[load] ?? "", { class: "small" }),
    text(0, 47, `${label.replace(" per server ", "/")}, ${better} is better`, {
      class: "quiet small",
    }),
    ...trials.flatMap(({ contender }, index) => {
      const value = values[index];
      const ours = contender.startsWith("parley");
      const top = HEADING + index * STEP;
      const baseline = top + THICKNESS - 3;
      const name = text(LEFT - 8, baseline, CONTENDERS[contender].label, {
        class: ours ? "strong end" : "end",
      });
      if (value === undefined) {
        return [name, text(LEFT, baseline, "did not run", { class: "quiet small" })];
      }
      const length = Math.max(1.5, (width - LEFT - RIGHT) * value / longest);
      return [
        name,
        element("rect", {
          class: `${contender} bar`,
          x: LEFT,
          y: top,
          width: length,
          height: THICKNESS,
          rx: 2,
        }),
        text(LEFT + length + 6, baseline, write(value), { class: ours ? "strong" : "quiet" }),
      ];
    }),
  ];
}

/** What a shape is called, where its name alone does not say it. */
const HEADINGS: Record<string, string> = {
  "small-rooms": "small rooms",
  "big-room": "big room",
  "two-nodes-fanout": "fanout over Redis, 2 nodes",
  "two-nodes-small-rooms": "small rooms over Redis, 2 nodes",
  "two-nodes-quiet": "quiet over Redis, 2 nodes",
};

/** What a shape is, short enough for its panel. */
const SUBTITLES: Record<string, string> = {
  fanout: "1 room of 100, 4 talk without a pause",
  busy: "1 room of 100, 50 talk without a pause",
  "small-rooms": "100 rooms of 10, 2 of each talk",
  "big-room": "1 room of 1,000, 40 messages/s",
  quiet: "20 rooms of 10, 40 messages/s in all",
  idle: "5,000 members who say nothing",
  "two-nodes-fanout": "1 room of 100, 4 talk without a pause",
  "two-nodes-small-rooms": "100 rooms of 10, 2 of each talk",
  "two-nodes-quiet": "20 rooms of 10, 40 messages/s in all",
};
