// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { repository } from "../support/repository.ts";
import { ServerProcess } from "../support/server_process.ts";
import type { Results } from "./results.ts";

Deno.test("deno task bench measures, prints, and writes figures and a picture", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const json = `${folder}/new/bench.json`;
    const svg = `${folder}/bench.svg`;
    const flags = ["--shapes", "quiet", "--rounds", "1", "--seconds", "0.2"];
    await using process = new ServerProcess("deno task bench", Deno.execPath(), {
      args: ["task", "bench", ...flags, "--json", json, "--svg", svg],
      cwd: repository,
    });
    assertEquals(await process.exitCode(60_000), 0, `${process.stderr}`);
    const output = process.stdout.all.join("\n");
    for (const server of ["Parley", "plain Deno"]) {
      assertMatch(output, new RegExp(`^\\| quiet +\\| ${server} +\\|`, "m"));
    }
    const { trials } = JSON.parse(await Deno.readTextFile(json)) as Results;
    for (const { rounds: [round] } of trials) {
      assertGreater(round!.heard, 0);
      assertEquals({ heard: round!.heard, lost: round!.lost }, {
        heard: round!.said * 10,
        lost: 0,
      });
    }
    assertMatch(await Deno.readTextFile(svg), /^<svg [^]*<\/svg>\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
