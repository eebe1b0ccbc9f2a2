import { LOOKS } from "./looks.ts";
import { figuresOf, type Trial } from "./results.ts";
import { type Curve, CURVES } from "./shapes.ts";
import { element, line, text } from "./svg.ts";
import { round } from "./written.ts";

/** What lies around the plot. */
const MARGIN = { left: 64, right: 10, top: 46, bottom: 44 };

/** A scale of powers: the place of a value between two ends. */
type Scale = (value: number) => number;

/** The ticks of an axis that holds the figures of all curves, so that these have one axis: 30 k, 100 k, 300 k, 1 M. */
export function ticksFor(trials: Trial[]): number[] {
  const values = trials.flatMap((trial) => figuresOf(trial)?.deliveriesPerCpu ?? []);
  const all = Array.from(
    { length: 20 },
    (_, index) => index % 2 === 0 ? 10 ** (index / 2) : 3 * 10 ** ((index - 1) / 2),
  );
  const first = all.findLastIndex((tick) => tick <= Math.min(...values, 1e8));
  const last = all.findIndex((tick) => tick >= Math.max(...values, 1e3));
  return all.slice(Math.min(first, last - 1), last + 1);
}

/** A panel for one curve of each server: deliveries for each second of its CPU, both axes logarithmic. */
export function curves(
  load: string,
  trials: Trial[],
  { width, height, ticks }: { width: number; height: number; ticks: number[] },
): string[] {
  const curve = CURVES[load]!;
  const x = logScale(
    curve.points[0]!,
    curve.points.at(-1)!,
    MARGIN.left + 8,
    width - MARGIN.right - 8,
  );
  const y = logScale(ticks[0]!, ticks.at(-1)!, height - MARGIN.bottom, MARGIN.top);
  return [
    text(0, 14, `by ${curve.axis}`, { class: "heading" }),
    text(0, 31, curve.what, { class: "quiet small" }),
    ...yAxis(ticks, y, width),
    ...xAxis(curve, x, width, height),
    ...[...Map.groupBy(trials, ({ contender }) => contender)].reverse().flatMap(
      ([contender, trials]) => {
        const places = trials.flatMap((trial): [number, number][] => {
          const value = figuresOf(trial)?.deliveriesPerCpu;
          return value ? [[x(trial.point!), y(value)]] : [];
        });
        const d = places.map(([x, y], index) =>
          `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`
        );
        return [
          element("path", { class: `${contender} curve`, d: d.join("") }),
          ...places.map(([x, y]) =>
            element("path", {
              class: `${contender} point`,
              d: LOOKS[contender].point,
              transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
            })
          ),
        ];
      },
    ),
  ];
}

function yAxis(ticks: number[], y: Scale, width: number): string[] {
  const middle = (y(ticks[0]!) + y(ticks.at(-1)!)) / 2;
  return [
    text(0, 0, "deliveries per server CPU second", {
      class: "small middle",
      transform: `translate(12 ${middle}) rotate(-90)`,
    }),
    ...ticks.flatMap((tick) => [
      line(MARGIN.left, y(tick), width - MARGIN.right, y(tick), "grid"),
      text(MARGIN.left - 7, y(tick) + 4, round(tick), { class: "quiet small end" }),
    ]),
  ];
}

function xAxis(
  { axis, points, label = round }: Curve,
  x: Scale,
  width: number,
  height: number,
): string[] {
  const bottom = height - MARGIN.bottom;
  return [
    line(MARGIN.left, bottom, width - MARGIN.right, bottom, "axis"),
    ...points.flatMap((point) => [
      line(x(point), bottom, x(point), bottom + 5, "axis"),
      text(x(point), bottom + 19, label(point), { class: "quiet small middle" }),
    ]),
    text((MARGIN.left + width - MARGIN.right) / 2, bottom + 37, axis, { class: "small middle" }),
  ];
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  return (value) => from + (to - from) * Math.log(value / low) / Math.log(high / low);
}
