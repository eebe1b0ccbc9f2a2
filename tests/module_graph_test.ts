// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { modulesFor } from "../server/module_graph.ts";
import { TestApp } from "./support/test_app.ts";

const SOURCES: Record<string, string> = {
  "a.js": `/** @import { X } from "./types.js" */
import "./b.js";
import {
  one,
  two,
} from "./folder/c.js";
import all, * as rest from './folder/d.js';
export const text = \`import "./never.js"\`, selector = "./no.js";
export function find() { return document.querySelector("./none"); }
`,
  "b.js": `export { x } from "./folder/c.js";\nexport * from "./a.js";`,
  "folder/c.js": `import "../e.js";\nimport "node:fs";`,
  "folder/d.js": "",
  "e.js": "",
};

Deno.test("module graph: a module comes behind all that it imports, each once", () => {
  assertEquals(modulesFor("a.js", (path) => SOURCES[path]), [
    "e.js",
    "folder/c.js",
    "b.js",
    "folder/d.js",
    "a.js",
  ]);
});

Deno.test("module graph: an import of what is not there is told", () => {
  assertThrows(
    () => modulesFor("a.js", (path) => path === "e.js" ? undefined : SOURCES[path]),
    TypeError,
    'Cannot find the module "e.js"',
  );
});

Deno.test("module graph: the pages ask for every module at once", async () => {
  await using test = new TestApp();
  for (const [path, entry] of [["/", "index.js"], ["/chat/x/", "room.js"]]) {
    const body = await (await test.request(path!)).text();
    const preloaded = [...body.matchAll(/rel="modulepreload" href="\/static\/\w+\/([^"]+)"/g)]
      .map(([, file]) => file!);
    assertEquals(preloaded.sort(), [...test.assets.modules(entry!), "languages/en.js"].sort());
    assert(preloaded.includes("client.js") && preloaded.includes("stored.js"));
  }
});
