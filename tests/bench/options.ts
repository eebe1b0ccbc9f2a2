import { parseArgs } from "node:util";
import { CURVES, SHAPES } from "./shapes.ts";

/** What the command line asks for. */
export interface Options {
  /** Names in `SHAPES` and `CURVES`, in their order. */
  loads: string[];
  /** Whether the servers from npm are measured too. */
  peers: boolean;
  rounds: number;
  /** Measured time of a shape, before its `stretch`; of a curve's point it is the half. */
  seconds: number;
  json: string;
  svg: string;
  /** Whether the README's tables and picture are made anew. */
  readme: boolean;
  /** A file of figures to take instead of measuring. */
  from: string | undefined;
}

/** The picture that the README shows. */
export const README_PICTURE = "tests/bench/bench.svg";

const LOADS = [...Object.keys(SHAPES), ...Object.keys(CURVES)];

/** What `--help` prints. */
export const HELP = `Measures Parley beside a plain Deno server, and other servers when asked.

deno task bench [flags]

  --peers         also Bun, and on Node ws and Socket.IO: fetched from npm into dist/bench/
  --two-nodes     also two nodes over a redis-server, against two of Socket.IO
  --shapes a,b    only these loads: ${LOADS.slice(0, 6).join(", ")},
                  ${LOADS.slice(6, 9).join(", ")},
                  and the curves ${LOADS.slice(9).join(", ")}
  --rounds N      measure each so often; the median counts (3)
  --seconds N     measure a shape for so long (4); quiet for four times, a curve's point for half of it
  --json FILE     where the figures go (dist/bench.json)
  --svg FILE      where the picture goes (dist/bench.svg)
  --readme        measure all of the above, and put the tables into README.md and the picture into
                  ${README_PICTURE}
  --from FILE     take the figures of this file instead of measuring
  --help          print this`;

/**
 * Reads the command line; `"help"` when that is what it asks for.
 *
 * @throws {TypeError} when it asks for what there is not
 */
export function parseOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      peers: { type: "boolean", default: false },
      "two-nodes": { type: "boolean", default: false },
      shapes: { type: "string" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "4" },
      json: { type: "string", default: "dist/bench.json" },
      svg: { type: "string" },
      readme: { type: "boolean", default: false },
      from: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { json, readme, from } = values;
  const peers = values.peers || readme;
  const twoNodes = values["two-nodes"] || readme;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(
      `Cannot measure "${values.rounds}" rounds: it is no whole number from 1 on`,
    );
  }
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 600)) {
    throw new TypeError(
      `Cannot measure for "${values.seconds}" seconds: it is not above 0 and up to 600`,
    );
  }
  const wanted = values.shapes?.split(",");
  const unknown = wanted?.find((name) => !LOADS.includes(name));
  if (unknown !== undefined) throw new TypeError(`Cannot measure "${unknown}": no such shape`);
  if (wanted && readme) {
    throw new TypeError("Cannot write the README from some shapes: it shows all of them");
  }
  if (wanted && from !== undefined) {
    throw new TypeError("Cannot take some shapes from a file: it is shown as it is");
  }
  const usual = (name: string) => twoNodes || !SHAPES[name]?.nodes;
  const svg = values.svg ?? (readme ? README_PICTURE : "dist/bench.svg");
  const loads = LOADS.filter((name) => wanted?.includes(name) ?? usual(name));
  return { loads, peers, rounds, seconds, json, svg, readme, from };
}
