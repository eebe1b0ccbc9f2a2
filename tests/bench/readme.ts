import { type Contender, CONTENDERS } from "./contenders.ts";
import type { Results } from "./results.ts";
import { scaleTable } from "./scale.ts";
import { fullTable, notes, summaryTable } from "./tables.ts";

/** What of the README is made from figures, by the names of its comments. What was not measured stays as it is. */
export function readmeBlocks(results: Results): Record<string, string> {
  const scale = scaleTable(results);
  const tables = [
    conditions(results),
    summaryTable(results),
    "Two nodes over one Redis, whose CPU counts too:",
    summaryTable(results, 2),
    "<details><summary>All figures: latency, losses, memory, and how busy the server and the load were</summary>",
    fullTable(results),
    "`wrong` counts the deliveries that were lost or came twice.",
    ...notes(results),
    "</details>",
  ];
  return { tables: tables.join("\n\n"), ...scale ? { scale } : {} };
}

/** On what, with what and how long was measured. */
export function conditions({ machine, rounds, seconds, trials }: Results): string {
  const { cores, os, arch, deno, node } = machine;
  const architecture = arch === "x86_64" ? "x86-64" : arch;
  const ran = new Set(
    trials.filter(({ rounds }) => rounds.length > 0).map(({ contender }) => contender),
  );
  const contenders: Contender[] = [...ran].map((name) => CONTENDERS[name]);
  const versions = [
    `Deno ${deno}`,
    ...node && contenders.some(({ onNode }) => onNode) ? [`Node ${node}`] : [],
    ...contenders.flatMap(({ label, packages }) =>
      packages ? [`${label} ${Object.values(packages)[0]}`] : []
    ),
  ];
  const each = rounds === 1 ? `one round` : `medians of ${rounds} rounds`;
  return `Measured on ${cores} cores of one machine (${architecture}, ${os}), which the server and its load share, ` +
    `with ${versions.join(", ")}; ${each} of ${seconds} s.`;
}

/**
 * The text with this content between the comments `<!-- bench: name -->` and `<!-- /bench: name -->`.
 *
 * @throws {Error} when the text lacks them
 */
export function withBlock(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- /bench: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`Cannot find the comments of "${name}" in the text`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}
