// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { repository } from "../support/repository.ts";
import { ServerProcess } from "../support/server_process.ts";

function longRun(...args: string[]): ServerProcess {
  return new ServerProcess("the long run", Deno.execPath(), {
    args: ["run", "--allow-all", `${repository}/tests/faults/run.ts`, ...args],
    env: { NO_COLOR: "1" },
  });
}

Deno.test("the long run says first how to repeat it, and at the end what became of all that was said", async () => {
  // too short for any fault
  await using run = longRun("--minutes", "0.001", "--seed", "12", "--history", "50");
  assertEquals(await run.exitCode(60_000), 0, `${run.stdout}${run.stderr}`);
  const lines = run.stdout.all;
  assertEquals(lines[0], "Faults with --minutes 0.001 --seed 12 --history 50");
  const counts = lines.slice(lines.indexOf("{")).join("\n");
  for (const count of ["lost", "doubled", "disordered", "silentGaps", "errors"]) {
    assertMatch(counts, new RegExp(`\\b${count}: 0\\b`));
  }
  assert(!/\backnowledged: 0\b/.test(counts), counts);
});

Deno.test("the long run refuses what it cannot do", async () => {
  for (const arg of ["--minutes=long", "--seed=x", "--history=-1"]) {
    await using run = longRun(arg);
    assertEquals(await run.exitCode(), 2);
    assertMatch(run.stderr.all.join("\n"), /^Usage: /);
  }
});
