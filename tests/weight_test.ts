// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { TestApp } from "./support/test_app.ts";

/** What a room's page with everything may weigh, in bytes. */
const MOST = 40_000;

Deno.test("weight: a room's page with everything is under 40 KB, and all of it is ours", async () => {
  await using test = new TestApp();
  const weigh = async (path: string, language: string) => {
    const headers = { "accept-encoding": "gzip, deflate, br", "accept-language": language };
    const response = await test.request(path, { headers });
    assertEquals([response.status, response.headers.get("content-encoding")], [200, "br"], path);
    return (await response.arrayBuffer()).byteLength;
  };
  for (const language of ["en", "zh-Hant"]) {
    const page = await (await test.request("/chat/lobby/", {
      headers: { "accept-language": language },
    })).text();
    const named = [...page.matchAll(/\s(?:src|href)="([^"#?]+)"/g)].map(([, address]) => address!);
    const files = new Set(named.filter((address) => address !== "/"));
    for (const file of files) assert(file.startsWith("/static/"), file);
    let bytes = await weigh("/chat/lobby/", language);
    for (const file of files) bytes += await weigh(file, language);
    assert(bytes < MOST, `${language}: ${bytes} bytes`);
  }
});
