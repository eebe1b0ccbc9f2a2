// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { piecesOf } from "../../static/room/message_text.js";

/** The pieces as short text: what is no plain text stands as `kind(text)`. */
function read(text: string, name?: string): string {
  return piecesOf(text, name)
    .map(({ kind, text }) => kind === "text" ? text : kind === "mark" ? "" : `${kind}(${text})`)
    .join("");
}

const LINKS: [text: string, read: string][] = [
  ["see https://deno.com.", "see link(https://deno.com)."],
  ["HTTP://A.EXAMPLE/x?y=1#z!", "link(HTTP://A.EXAMPLE/x?y=1#z)!"],
  ["(https://a.example/b_(c))", "(link(https://a.example/b_(c)))"],
  ["<https://a.example>", "<link(https://a.example)>"],
  ['"https://a.example"', '"link(https://a.example)"'],
  [
    "https://a.example/1, https://a.example/2",
    "link(https://a.example/1), link(https://a.example/2)",
  ],
  ["請看https://deno.com，謝謝", "請看link(https://deno.com)，謝謝"],
  ["https://zh.wikipedia.org/wiki/台灣。", "link(https://zh.wikipedia.org/wiki/台灣)。"],
  ["javascript:alert(1)", "javascript:alert(1)"],
  [
    "data:text/html,x ftp://a.example file:///etc //a.example",
    "data:text/html,x ftp://a.example file:///etc //a.example",
  ],
  ["https://a.example/\u202egpj.exe", "link(https://a.example/)\u202egpj.exe"],
  ["https://a.example/x\u2066y\u200f", "link(https://a.example/x)\u2066y\u200f"],
  ["https://", "https://"],
  ["https://[", "https://["],
  ["xhttps://a.example", "xhttps://a.example"],
  ['https://a.example/"onclick=alert(1)', 'link(https://a.example/)"onclick=alert(1)'],
];
for (const [text, expected] of LINKS) {
  Deno.test(`message text: links in ${JSON.stringify(text)}`, () =>
    assertEquals(read(text), expected));
}

const CODE: [text: string, read: string][] = [
  ["run `deno task`, please", "run code(deno task), please"],
  ["`a` and `b`", "code(a) and code(b)"],
  ["a ` alone", "a ` alone"],
  ["``", "``"],
  ["`not\nover lines`", "`not\nover lines`"],
  ["`https://a.example`", "code(https://a.example)"],
  ["see\n```\nx = 1\n\ny\n```\nthere", "seeblock(x = 1\n\ny)there"],
  ["```js\nlet x;\n```", "block(let x;)"],
  ["```one line```", "block(one line)"],
  ["```\n`x`\n```", "block(`x`)"],
  ["```never closed `x`", "```never closed code(x)"],
];
for (const [text, expected] of CODE) {
  Deno.test(`message text: code in ${JSON.stringify(text)}`, () =>
    assertEquals(read(text), expected));
}

const MENTIONS: [text: string, name: string, read: string][] = [
  ["Ann, come", "Ann", "mention(Ann), come"],
  ["hi @ann!", "Ann", "hi mention(@ann)!"],
  ["ANN ann", "Ann", "mention(ANN) mention(ann)"],
  ["Anna, Joann, Ann_2 and Ann2", "Ann", "Anna, Joann, Ann_2 and Ann2"],
  ["謝謝Ann你", "Ann", "謝謝mention(Ann)你"],
  ["早安小明你好", "小明", "早安mention(小明)你好"],
  ["guest\n4132", "Guest 4132", "mention(guest\n4132)"],
  ["what (a+b)? here", "(a+b)?", "what mention((a+b)?) here"],
  ["`Ann` https://a.example/Ann", "Ann", "code(Ann) link(https://a.example/Ann)"],
  ["ÄNN", "änn", "mention(ÄNN)"],
];
for (const [text, name, expected] of MENTIONS) {
  Deno.test(`message text: mentions of "${name}" in ${JSON.stringify(text)}`, () =>
    assertEquals(read(text, name), expected));
}

Deno.test("message text: the pieces are the text, whatever it is", () => {
  const parts = fc.constantFrom(
    "`",
    "```",
    "\n",
    " ",
    "https://",
    "a.example",
    "(",
    ")",
    "Ann",
    "@",
    "你",
    "🦜",
    "js",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(parts).map((parts) => parts.join("")),
  );
  const names = fc.oneof(fc.constant("Ann"), fc.string({ minLength: 1, unit: "grapheme" }));
  fc.assert(fc.property(texts, names, (text, name) => {
    assertEquals(piecesOf(text, name).map((piece) => piece.text).join(""), text);
    for (const { kind, text: address } of piecesOf(text, name)) {
      if (kind === "link") assertEquals(/^https?:$/.test(new URL(address).protocol), true);
    }
  }));
});

Deno.test("message text: the longest message takes no time, whatever it is made of", () => {
  for (
    const part of [
      "`",
      "```",
      "```\n",
      "``` ",
      "`a",
      "(",
      "https://(",
      "https://a).",
      "@Ann",
      "Ann ",
      "\n```a",
    ]
  ) {
    const text = part.repeat(16_384 / part.length);
    const before = performance.now();
    piecesOf(text, "Ann");
    const took = performance.now() - before;
    assertEquals(took < 200, true, `${JSON.stringify(part)} took ${took} ms`);
  }
});
