/**
 * The measurements: `deno task bench [--peers] [--two-nodes]`; `--help` lists the flags. Each server runs in a process
 * of its own, one at a time; this process is the load.
 */
import { CONTENDERS } from "./contenders.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import type { Results, Trial } from "./results.ts";
import { plan, runTrials } from "./trials.ts";

const options = read();
const results = options.from
  ? JSON.parse(await Deno.readTextFile(options.from)) as Results
  : await measureAll(options);

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

async function measureAll({ loads, peers, rounds, seconds, json }: Options): Promise<Results> {
  const trials = plan(loads, peers);
  const results: Results = { machine: machine(), seconds, rounds, trials };
  await runTrials(trials, { rounds, seconds, onMeasure: tell });
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(json, `${JSON.stringify(results, null, 1)}\n`);
  return results;
}

function machine(): Results["machine"] {
  const { build, version } = Deno;
  return {
    cores: navigator.hardwareConcurrency,
    system: `${build.os} ${build.arch}`,
    deno: version.deno,
  };
}

function tell({ load, point, contender }: Trial, done: number, of: number): void {
  const at = point === undefined ? load : `${load} ${point}`;
  console.error(`${done + 1}/${of} ${at}: ${CONTENDERS[contender].label}`);
}
console.log(results.trials.length);
