import { bars, barsHeight } from "./bars.ts";
import { type ContenderName, CONTENDERS } from "./contenders.ts";
import { curves, ticksFor } from "./curves.ts";
import { LOOKS, style } from "./looks.ts";
import type { Results, Trial } from "./results.ts";
import { CURVES } from "./shapes.ts";
import { element, group, text } from "./svg.ts";

const WIDTH = 960;
const PADDING = 28;
const GAP = 30;
const COLUMNS = 3;
const PANEL = (WIDTH - 2 * PADDING - (COLUMNS - 1) * GAP) / COLUMNS;
const CURVE_HEIGHT = 280;

/** The picture of a run, as SVG: a panel of bars for each shape, and the curves below. */
export function picture({ trials }: Results): string {
  const loads = Map.groupBy(trials, ({ load }) => load);
  const isCurve = ([load]: [string, Trial[]]) => load in CURVES;
  const shapes = [...loads].filter((entry) => !isCurve(entry));
  const curved = [...loads].filter(isCurve);
  const parts: string[] = [];
  let y = PADDING;
  if (shapes.length > 0) {
    parts.push(group(PADDING, y, title("Parley beside others, under the same load")));
    y += 40;
  }
  for (const row of rows(shapes)) {
    parts.push(
      ...row.map(([load, trials], column) => group(left(column), y, ...bars(load, trials, PANEL))),
    );
    y += Math.max(...row.map(([, trials]) => barsHeight(trials.length))) + 20;
  }
  if (curved.length > 0) {
    const drawn = curved.flatMap(([, trials]) => trials);
    parts.push(group(PADDING, y, title("How the cost of a delivery changes with the load")));
    parts.push(group(PADDING, y + 34, ...legend(drawn)));
    y += 62;
    const size = { width: PANEL, height: CURVE_HEIGHT, ticks: ticksFor(drawn) };
    for (const row of rows(curved)) {
      parts.push(
        ...row.map(([load, trials], column) =>
          group(left(column), y, ...curves(load, trials, size))
        ),
      );
      y += CURVE_HEIGHT + 20;
    }
  }
  const height = y + PADDING - 20;
  const ground = { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 10 };
  return `${
    element(
      "svg",
      {
        xmlns: "http://www.w3.org/2000/svg",
        viewBox: `0 0 ${WIDTH} ${height}`,
        width: WIDTH,
        height,
        role: "img",
        "aria-label":
          "Bars and curves of how Parley and other chat servers did; the tables have the figures",
      },
      `\n<style>${style()}</style>\n`,
      `${element("rect", { ...ground, class: "ground" })}\n`,
      ...parts.map((part) => `${part}\n`),
    )
  }\n`;
}

function title(words: string): string {
  return text(0, 14, words, { class: "title" });
}

function left(column: number): number {
  return PADDING + column * (PANEL + GAP);
}

function rows<T>(items: T[]): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / COLUMNS) },
    (_, row) => items.slice(row * COLUMNS, (row + 1) * COLUMNS),
  );
}

/** Which curve is whose. */
function legend(trials: Trial[]): string[] {
  const names: ContenderName[] = [...new Set(trials.map(({ contender }) => contender))];
  return names.flatMap((contender, index) => {
    const x = index * 130;
    return [
      element("path", { class: `${contender} curve`, d: `M${x} -4h28` }),
      element("path", {
        class: `${contender} point`,
        d: LOOKS[contender].point,
        transform: `translate(${x + 14} -4)`,
      }),
      text(
        x + 36,
        0,
        CONTENDERS[contender].label,
        contender === "parley" ? { class: "strong" } : {},
      ),
    ];
  });
}
