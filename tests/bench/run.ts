/**
 * The measurements: `deno task bench [--peers] [--two-nodes]`; `--help` lists the flags. Each server runs in a process
 * of its own, one at a time; this process is the load.
 */
import { dirname, resolve } from "node:path";
import { programPath } from "../support/program_path.ts";
import { repository } from "../support/repository.ts";
import { CONTENDERS } from "./contenders.ts";
import { HELP, type Options, parseOptions, README_PICTURE } from "./options.ts";
import { picture } from "./picture.ts";
import { conditions, readmeBlocks, withBlock } from "./readme.ts";
import type { Results, Trial } from "./results.ts";
import { fullTable, notes, summaryTable } from "./tables.ts";
import { SHAPES } from "./shapes.ts";
import { plan, runTrials } from "./trials.ts";

const options = read();
const results = options.from ? await readResults(options.from) : await measureAll(options);
console.log([conditions(results), ...tables(results), ...notes(results)].join("\n\n"));
await write(options.svg, picture(results));
if (options.readme) await writeReadme(results);

function read(): Options {
  try {
    const options = parseOptions(Deno.args);
    if (options !== "help") return options;
    console.log(HELP);
    Deno.exit();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    Deno.exit(2);
  }
}

async function readResults(file: string): Promise<Results> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    console.error(`Cannot take the figures from "${file}": ${(error as Error).message}`);
    Deno.exit(2);
  }
}

async function measureAll({ loads, peers, rounds, seconds, json }: Options): Promise<Results> {
  const trials = plan(loads, peers);
  const results = { machine: await machine(), seconds, rounds, trials };
  await runTrials(trials, { rounds, seconds, onMeasure: tell });
  await write(json, `${JSON.stringify(results, null, 1)}\n`);
  return results;
}

/** The machine, as far as it can be told without naming it. */
async function machine(): Promise<Results["machine"]> {
  const { build: { os, arch }, version: { deno } } = Deno;
  const known = { cores: navigator.hardwareConcurrency, os, arch, deno };
  if (!programPath("node")) return known;
  const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
  return { ...known, node: new TextDecoder().decode(stdout).trim().replace("v", "") };
}

function tell({ load, point, contender }: Trial, done: number, of: number): void {
  const at = point === undefined ? load : `${load} ${point}`;
  console.error(`${done + 1}/${of} ${at}: ${CONTENDERS[contender].label}`);
}

async function writeReadme(results: Results): Promise<void> {
  const file = `${repository}/README.md`;
  let text = await Deno.readTextFile(file);
  for (const [name, content] of Object.entries(readmeBlocks(results))) {
    text = withBlock(text, name, content);
  }
  await Deno.writeTextFile(file, text);
  const args = ["fmt", "--quiet", "README.md", README_PICTURE];
  await new Deno.Command(Deno.execPath(), { args, cwd: repository }).spawn().status;
}

/** The tables of what was measured, if there are shapes among it and not only curves. */
function tables(results: Results): string[] {
  const nodes = [1, 2].filter((nodes) =>
    results.trials.some(({ load }) => SHAPES[load] && (SHAPES[load].nodes ?? 1) === nodes)
  );
  return nodes.length > 0
    ? [...nodes.map((nodes) => summaryTable(results, nodes)), fullTable(results)]
    : [];
}

/** Writes a file of the repository, unless its path is absolute, and says so. */
async function write(path: string, text: string): Promise<void> {
  const file = resolve(repository, path);
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text);
  console.error(`Wrote ${path}`);
}
