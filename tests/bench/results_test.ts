// @ts-types="../support/std_assert.d.ts"
import { assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { Measurement } from "./load.ts";
import { parseOptions } from "./options.ts";
import { picture } from "./picture.ts";
import { readmeBlocks, withBlock } from "./readme.ts";
import { figuresOf, type Results } from "./results.ts";
import { need } from "./scale.ts";
import { plan } from "./trials.ts";
import { bytes, digits, milliseconds, short, times } from "./written.ts";

const SOME: Measurement = {
  said: 40,
  heard: 4_000,
  lost: 0,
  doubled: 0,
  ended: 0,
  connectSeconds: 0.1,
  seconds: 2,
  deliveries: 3_000,
  frames: 300,
  bytes: 400_000,
  p50: 1,
  p99: 2,
  serverCpu: 1,
  ownCpu: 0.5,
  cpus: [0.4, 0.3, 0.3],
  memory: { before: 40e6, joined: 50e6, end: 60e6 },
};

/** What a whole run would give in which every server does the same, and one does not run. */
function everything(): Results {
  const { loads } = parseOptions(["--readme"]) as { loads: string[] };
  const trials = plan(loads, true).map((trial) =>
    trial.contender === "bun"
      ? { ...trial, failure: "Cannot install bun: there is no npm" }
      : { ...trial, rounds: [SOME] }
  );
  const machine = { cores: 2, os: "linux", arch: "x86_64", deno: "2.9.6" };
  return { machine, seconds: 4, rounds: 1, trials };
}

Deno.test("the figures of a trial are the medians of its rounds, and the worst of what went wrong", () => {
  const rounds = [
    { ...SOME, serverCpu: 1, lost: 3, p99: 5 },
    { ...SOME, serverCpu: 3, p99: 7 },
    { ...SOME, serverCpu: 2, p99: 40 },
    { ...SOME, serverCpu: 4, p99: undefined },
  ];
  const figures = figuresOf({ load: "fanout", contender: "ws", rounds });
  assertEquals(figures!.deliveriesPerCpu, (1_500 + 1_000) / 2);
  assertEquals(figures!.p99, 7);
  assertEquals(figures!.wrong, 3);
  assertEquals(figures!.memoryPerSocket, 1e5);
  assertEquals(figures!.cpuPerMessage.map((cost) => cost!.toFixed(4)), [
    "0.0133",
    "0.0100",
    "0.0100",
  ]);
});

Deno.test("where a server's CPU and memory cannot be read, their figures are missing", () => {
  const { serverCpu: _, cpus: __, memory: ___, ...rest } = SOME;
  const { deliveriesPerCpu, memory, deliveriesPerSecond } = figuresOf({
    load: "fanout",
    contender: "ws",
    rounds: [rest],
  })!;
  assertEquals({ deliveriesPerCpu, memory, deliveriesPerSecond }, {
    deliveriesPerCpu: undefined,
    memory: undefined,
    deliveriesPerSecond: 1_500,
  });
});

Deno.test("a whole run becomes the README's tables and picture; who did not run is told", () => {
  const { tables, scale } = readmeBlocks(everything());
  assertMatch(tables!, /^\| fanout +\| Bun +\| +did not run \|/m);
  assertMatch(tables!, /^Bun: Cannot install bun: there is no npm\.$/m);
  assertMatch(scale!, /^- a delivery that cannot be merged with another: \*\*d = 333 µs\*\*/m);
  const svg = picture(everything());
  assertMatch(svg, />did not run</);
  for (const text of [tables!, scale!, svg]) {
    assertEquals(/NaN|undefined|Infinity|\[object/.exec(text)?.[0], undefined);
  }
});

Deno.test("the README's text between comments is replaced, and nothing around it", () => {
  const text = "a\n\n<!-- bench: x -->\n\nold\n\n<!-- /bench: x -->\n\nb\n";
  const expected = "a\n\n<!-- bench: x -->\n\nnew\n\n<!-- /bench: x -->\n\nb\n";
  assertEquals(withBlock(text, "x", "new"), expected);
  assertEquals(withBlock(expected, "x", "new"), expected);
  assertThrows(() => withBlock(text, "y", "new"), Error, `"y"`);
});

Deno.test("a room on one node spares the others its messages", () => {
  const costs = { delivery: 1e-5, hearing: 1e-4, redis: 1e-5, socket: 30_000 };
  const apart = need(100, costs, false);
  const together = need(100, costs, true);
  assertEquals(together.hearing, 1);
  assertAlmostEquals(together.cores, 1e6 / 60 * (2 * 1e-4 + 100 * 1e-5), 1e-9);
  assertEquals(apart.nodes >= 2 * apart.cores && apart.nodes < 2 * apart.cores + 1, true);
  assertEquals(apart.hearing > 50 && apart.hearing < 100, true);
});

Deno.test("figures are written with two or three digits", () => {
  assertEquals([0.0634, 1.96, 9.949, 9.96, 37.6, 1_024].map(digits), [
    ...["0.063", "2.0", "9.9", "10", "38", "1,024"],
  ]);
  assertEquals([5, 999, 1_000, 168_400, 999_600, 2_949_000].map(short), [
    ...["5.0", "999", "1.0 k", "168 k", "1.0 M", "2.9 M"],
  ]);
  assertEquals([5_000, 108 * 2 ** 20, 33 * 2 ** 30].map(bytes), ["4.9 KB", "108 MB", "33 GB"]);
  assertEquals(milliseconds(0.531), "0.53 ms");
  assertEquals(times(1, 3), "0.33×");
});

Deno.test("a command line that asks for what there is not is refused", () => {
  for (
    const args of [
      ["--shapes", "fanout,nothing"],
      ["--rounds", "1.5"],
      ["--seconds", "0"],
      ["--readme", "--shapes", "fanout"],
      ["--unknown"],
    ]
  ) {
    assertThrows(() => parseOptions(args), TypeError);
  }
});
