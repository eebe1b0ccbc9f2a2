// @ts-types="./support/std_assert.d.ts"
import { assertStrictEquals } from "@std/assert";
import { Assets } from "../server/assets.ts";
import { repository } from "./support/repository.ts";

Deno.test("assets: a file is compressed once for each encoding", async () => {
  const asset = (await Assets.load(`${repository}/static`)).get("client.js")!;
  for (const encoding of ["br", "gzip", "identity"] as const) {
    assertStrictEquals(asset.body(encoding), asset.body(encoding), encoding);
  }
});
