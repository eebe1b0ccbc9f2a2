// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodePlainMessage, isTooBig, parseFrame, parsePlainFrame } from "../server/protocol.ts";
import { encodeMessage } from "../server/layers/encode_message.ts";

Deno.test("protocol: a message needs no type, and unknown fields are ignored", () => {
  assertEquals(parseFrame('{"message":"hi"}'), { kind: "say", message: "hi" });
  assertEquals(parseFrame('{"type":"message","message":"","ref":"k","x":1}'), {
    kind: "say",
    message: "",
    ref: "k",
  });
  assertEquals(parsePlainFrame('{"message":"hi","type":"typing","ref":7}'), {
    kind: "say",
    message: "hi",
  });
});

const REFUSED: [frame: string, code: string][] = [
  ["", "bad_message"],
  ["{", "bad_message"],
  ["null", "bad_message"],
  ["[]", "bad_message"],
  ['"hi"', "bad_message"],
  ["7", "bad_message"],
  ["{}", "bad_message"],
  ['{"message":null}', "bad_message"],
  ['{"message":7}', "bad_message"],
  ['{"message":{}}', "bad_message"],
  ['{"message":"hi","ref":7}', "bad_ref"],
  ['{"message":"hi","ref":""}', "bad_ref"],
  [`{"message":"hi","ref":"${"x".repeat(65)}"}`, "bad_ref"],
  ['{"message":"hi","ref":"\\ud800"}', "bad_ref"],
  ['{"type":"shout","message":"hi"}', "unknown_type"],
  ['{"type":{},"message":"hi"}', "unknown_type"],
];
for (const [frame, code] of REFUSED) {
  Deno.test(`protocol: ${frame.slice(0, 40) || "an empty frame"} is refused as ${code}`, () => {
    const parsed = parseFrame(frame);
    assert(parsed.kind === "refusal");
    assertEquals(parsed.code, code);
    assert(parsed.detail.length > 0);
  });
}

Deno.test("protocol: a refusal names the ref of what it refuses", () => {
  const parsed = parseFrame('{"message":7,"ref":"k3"}');
  assert(parsed.kind === "refusal");
  assertEquals(parsed.ref, "k3");
});

Deno.test("protocol: a plain client's frame is refused unless it has a message", () => {
  for (const frame of ["", "[]", "{}", '{"message":7}']) {
    assertEquals(parsePlainFrame(frame).kind, "refusal");
  }
});

Deno.test("protocol: a lone surrogate becomes U+FFFD", () => {
  assertEquals(parseFrame('{"message":"a\\ud800b"}'), { kind: "say", message: "a\uFFFDb" });
});

Deno.test("protocol: a byte order mark is no text where a text begins", () => {
  const texts = [
    ["\uFEFF\uFEFFa\uFEFF", "a\uFEFF"],
    ["\uFEFF", ""],
    ["\uFEFF\uD800", "\uFFFD"],
  ] as const;
  for (const [said, heard] of texts) {
    assertEquals(parseFrame(JSON.stringify({ message: said })), { kind: "say", message: heard });
  }
});

Deno.test("protocol: any text survives being said and heard", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const said = parseFrame(JSON.stringify({ message: text }));
    assert(said.kind === "say");
    const line = encodeMessage({ seq: 1, at: 2, message: said.message, name: text, ref: "r" });
    assert(!line.includes("\n"), "a line holds one object");
    const heard = text.replace(/^\uFEFF+/, "");
    assertEquals(JSON.parse(line).message, heard);
    assertEquals(JSON.parse(encodePlainMessage(said.message)), { message: heard });
  }));
});

Deno.test("protocol: a line has what is known and nothing else", () => {
  assertEquals(encodeMessage({ seq: 7, message: "x", at: 5 }), '{"seq":7,"message":"x","at":5}');
  assertEquals(
    JSON.parse(encodeMessage({ seq: 8, message: "hi", name: "A", from: "i", at: 5, ref: "k" })),
    { seq: 8, message: "hi", name: "A", from: "i", at: 5, ref: "k" },
  );
});

Deno.test("protocol: size is counted in bytes of UTF-8", () => {
  const cases: [text: string, limit: number, tooBig: boolean][] = [
    ["", 1, false],
    ["a".repeat(10), 10, false],
    ["a".repeat(11), 10, true],
    ["é".repeat(5), 10, false],
    ["é".repeat(5) + "a", 10, true],
    ["界".repeat(3), 9, false],
    ["界".repeat(3), 8, true],
    ["😀😀", 8, false],
    ["😀😀", 7, true],
    ["a".repeat(1e6), 0, false],
  ];
  for (const [text, limit, tooBig] of cases) {
    assertEquals(isTooBig(text, limit), tooBig, `${text.slice(0, 12)} against ${limit}`);
  }
});
