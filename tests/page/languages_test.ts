// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { LANGUAGES } from "../../server/preferences.ts";
import { repository } from "../support/repository.ts";

/** What a text is: what is not the same in all languages would be missing, or be shown as code. */
function shapeOf(text: unknown): string {
  return typeof text === "function" ? `function of ${text.length}` : typeof text;
}

function shapes(texts: object): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, shapeOf(text)]));
}

for (const [tag, texts] of Object.entries(LANGUAGES)) {
  Deno.test(`languages: ${tag} has every text, and each takes the same`, () => {
    assertEquals(shapes(texts), shapes(LANGUAGES.en));
  });

  Deno.test(`languages: ${tag} has no empty text`, () => {
    const arguments_ = ["x", "y"];
    for (const [key, text] of Object.entries(texts)) {
      const shown = typeof text === "string"
        ? text
        : key === "listed"
        ? texts.listed(["x", "y"])
        : (text as (...values: unknown[]) => string)(...arguments_);
      assert(shown.trim() !== "" && !shown.includes("undefined"), `${key}: ${shown}`);
    }
  });
}

Deno.test("languages: in Chinese sentences names stand in their marks, with no space around", () => {
  const texts = LANGUAGES["zh-Hant"];
  const sentences = [
    texts.forget("Ann"),
    texts.joined("Ann", 0),
    texts.left("Ann", 3),
    texts.renamed("Ann", "Ann"),
    texts.renamed_you("Ann"),
    texts.name_changed("Ann"),
    texts.typing_one("Ann"),
    texts.typing_two("Ann", "Ann"),
  ];
  for (const sentence of sentences) {
    assertEquals(
      sentence.split("Ann").length,
      sentence.split(/(?<! )「Ann」(?! )/).length,
      sentence,
    );
    assert(sentence.includes("Ann"), sentence);
  }
});

Deno.test("languages: the server knows each file of the folder", () => {
  const files = [...Deno.readDirSync(`${repository}/static/languages`)].map(({ name }) => name);
  assertEquals(files.sort(), Object.keys(LANGUAGES).map((tag) => `${tag}.js`).sort());
});

Deno.test("languages: every text is used, and only those that are there", () => {
  const used = new Set<string>();
  const read = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory && name !== "languages") read(`${folder}/${name}`);
      if (isDirectory) continue;
      const source = Deno.readTextFileSync(`${folder}/${name}`);
      for (const [, key] of source.matchAll(/(?<!#)\btexts\.(\w+)/g)) used.add(key!);
    }
  };
  for (const folder of ["static", "templates", "server"]) read(`${repository}/${folder}`);
  // these are put together: room_<problem>, refused_<code>, error_<status>, detail_<status>
  const composed = /^(room|refused|error|detail)_/;
  const keys = Object.keys(LANGUAGES.en).filter((key) => !composed.test(key));
  assertEquals([...used].filter((key) => !Object.hasOwn(LANGUAGES.en, key) && key !== "js"), []);
  assertEquals(keys.filter((key) => !used.has(key) && key !== "language"), []);
});
