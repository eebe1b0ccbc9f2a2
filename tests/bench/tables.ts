import { type ContenderName, CONTENDERS } from "./contenders.ts";
import { CRITERIA } from "./criteria.ts";
import { type Figures, figuresOf, type Results, type Trial } from "./results.ts";
import { SHAPES } from "./shapes.ts";
import { bytes, milliseconds, short, times } from "./written.ts";

/** What keeps more of a core busy than this may itself be what is measured. */
const SATURATED = 0.9;

/** For what could not be read, or has no meaning. */
const NONE = "–";

/** One row for each server under each load: all that was measured. */
export function fullTable({ trials }: Results): string {
  const head = [
    "load",
    "server",
    "deliveries/CPU s",
    "of Parley's",
    "p50",
    "p99",
    "wrong",
    "server's cores",
    "load's cores",
    "memory",
    "per member",
  ];
  const rows = [...Map.groupBy(trials.filter(isShape), ({ load }) => load).values()].flatMap(
    (group) => {
      const parley = valueOf(group, "parley", CRITERIA.deliveriesPerCpu.of);
      return group.map((trial) => fullRow(trial, parley));
    },
  );
  return markdownTable(head, rows, 2);
}

function fullRow(trial: Trial, parley: number | undefined): string[] {
  const names = [trial.load, CONTENDERS[trial.contender].label];
  const figures = figuresOf(trial);
  if (!figures) return [...names, "did not run"];
  const { deliveriesPerCpu, p50, p99, wrong, serverCores, ownCores, memory, memoryPerSocket } =
    figures;
  return [
    ...names,
    written(deliveriesPerCpu, short),
    deliveriesPerCpu && parley ? times(deliveriesPerCpu, parley) : NONE,
    written(p50, milliseconds),
    written(p99, milliseconds),
    `${wrong}`,
    written(serverCores, (cores) => cores.toFixed(2)),
    `${ownCores.toFixed(2)}${isSaturated(figures) ? " ⚠" : ""}`,
    written(memory, bytes),
    // where members are few it shows what the server itself grew by
    SHAPES[trial.load]!.criterion === "memoryPerSocket" ? written(memoryPerSocket, bytes) : NONE,
  ];
}

/** What there is to say about the figures, a sentence each. */
export function notes({ machine, trials }: Results): string[] {
  const shapes = trials.filter(isShape);
  const said = new Set<string>();
  if (shapes.some((trial) => isSaturated(figuresOf(trial)))) {
    said.add(
      "⚠ The load itself was short of CPU: throughput and latency could have been better than this.",
    );
  }
  for (const { contender, failure } of shapes) {
    if (failure) said.add(`${CONTENDERS[contender].label}: ${failure}.`);
  }
  if (machine.os !== "linux") {
    said.add(
      "CPU time and memory of a server are not available here: they are read on Linux only.",
    );
  }
  return [...said];
}

function isSaturated(figures: Figures | undefined): boolean {
  return figures !== undefined && figures.ownCores > SATURATED;
}

/** One row a shape, one column a server: the figure that counts, the row's best in bold, and its ratio to Parley's. */
export function summaryTable({ trials }: Results, nodes = 1): string {
  const shapes = trials.filter((trial) =>
    isShape(trial) && (SHAPES[trial.load]!.nodes ?? 1) === nodes
  );
  const contenders = new Set(shapes.map(({ contender }) => contender));
  const others = contenders.difference(new Set(["parley", "parley-plain"]));
  const rows = [...Map.groupBy(shapes, ({ load }) => load)].flatMap(([load, trials]) => {
    const { what, criterion, also } = SHAPES[load]!;
    const { label, better, of, write } = CRITERIA[criterion];
    const row = (ours: ContenderName, name: string) => {
      const columns = [ours, ...others];
      const values = columns.map((contender) => valueOf(trials, contender, of));
      const present = values.filter((value) => value !== undefined);
      const best = better === "more" ? Math.max(...present) : Math.min(...present);
      const cells = values.map((value, index) => {
        if (value === undefined) return NONE;
        const figure = value === best ? `**${write(value)}**` : write(value);
        return index > 0 && values[0] ? `${figure} (${times(value, values[0])})` : figure;
      });
      return [`${name}: ${what}`, `${label}, ${better} is better`, ...cells];
    };
    return [
      row("parley", load),
      ...also?.includes("parley-plain")
        ? [row("parley-plain", `${load} over the plain protocol`)]
        : [],
    ];
  });
  const labels = ["parley" as const, ...others].map((name) => CONTENDERS[name].label);
  return markdownTable(["load", "figure", ...labels], rows, 2);
}

function isShape({ load }: Trial): boolean {
  return load in SHAPES;
}

function valueOf(
  trials: Trial[],
  name: ContenderName,
  of: typeof CRITERIA["p99"]["of"],
): number | undefined {
  const trial = trials.find(({ contender }) => contender === name);
  const figures = trial && figuresOf(trial);
  return figures && of(figures);
}

function written(value: number | undefined, write: (value: number) => string): string {
  return value === undefined ? NONE : write(value);
}

/** A table in Markdown; so many of its columns are to the left, the others to the right. */
export function markdownTable(head: string[], rows: string[][], left = 1): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? "").length))
  );
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const padded = (row: string[]) =>
    line(widths.map((width, column) => {
      const cell = row[column] ?? "";
      return column < left ? cell.padEnd(width) : cell.padStart(width);
    }));
  const rule = widths.map((width, column) => "-".repeat(width - 1) + (column < left ? "-" : ":"));
  return [padded(head), line(rule), ...rows.map(padded)].join("\n");
}
