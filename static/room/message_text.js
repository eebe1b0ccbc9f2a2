/**
 * What stands in the text of a message: links, code, mentions. No DOM.
 */

/**
 * A stretch of a message's text; all of them together are the text. `mark`: what makes code of its surroundings and is
 * not shown itself.
 *
 * @typedef {object} Piece
 * @property {"text" | "link" | "code" | "block" | "mark" | "mention"} kind
 * @property {string} text
 */

const BLOCK = /(\n?```(?:[\w+#.-]*\n)?)([^]+?)(\n?```\n?)/g;
const CODE = /(?<!`)(`)([^`\n]+)(`)(?!`)/g;

/** Up to a space, a quote, a mark of direction, or the punctuation of Chinese and Japanese: no address has these. */
const LINK =
  /\bhttps?:\/\/[^\s<>"`\p{Bidi_C}\u3000-\u3003\u3008-\u3011\u3014-\u301f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+/giu;

/** Scripts written without spaces between words. */
const SPACELESS = "\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}";
const WORD = `(?![${SPACELESS}])[\\p{L}\\p{M}\\p{N}_]`;

/**
 * The pieces of a message's text, in order.
 *
 * @param {string} text
 * @param {string} [name] whose mentions are told
 * @returns {Piece[]}
 */
export function piecesOf(text, name) {
  return split(
    text,
    BLOCK,
    "block",
    (between) => split(between, CODE, "code", (rest) => links(rest, name)),
  );
}

/**
 * @param {string} text
 * @param {RegExp} pattern with three groups: mark, code, mark
 * @param {"code" | "block"} kind
 * @param {(text: string) => Piece[]} others what becomes of the rest
 */
function split(text, pattern, kind, others) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const [all, before = "", code = "", after = ""] = match;
    pieces.push(...others(text.slice(end, match.index)));
    pieces.push({ kind: "mark", text: before }, { kind, text: code }, {
      kind: "mark",
      text: after,
    });
    end = match.index + all.length;
  }
  pieces.push(...others(text.slice(end)));
  return pieces;
}

/** @param {string} text @param {string} [name] */
function links(text, name) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = withoutPunctuation(match[0]);
    if (!URL.canParse(address)) continue;
    pieces.push(...mentions(text.slice(end, match.index), name));
    pieces.push({ kind: "link", text: address });
    end = match.index + address.length;
  }
  pieces.push(...mentions(text.slice(end), name));
  return pieces;
}

/** The address without what ends the sentence around it, as `(see https://a.example/b_(c)).` @param {string} address */
function withoutPunctuation(address) {
  let end = address.length;
  let open = balance(address);
  for (; end > 0; end--) {
    const last = address[end - 1] ?? "";
    if (last === ")" && open < 0) open++;
    else if (!/[.,:;!?'*_~\]}]/.test(last)) break;
  }
  return address.slice(0, end);
}

/** How many parentheses are opened and not closed; below 0: closed and not opened. @param {string} text */
function balance(text) {
  let open = 0;
  for (const character of text) open += character === "(" ? 1 : character === ")" ? -1 : 0;
  return open;
}

/** @param {string} text @param {string} [name] */
function mentions(text, name) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  if (name !== undefined && text !== "") {
    for (const match of text.matchAll(mentionOf(name))) {
      if (match.index > end) pieces.push({ kind: "text", text: text.slice(end, match.index) });
      pieces.push({ kind: "mention", text: match[0] });
      end = match.index + match[0].length;
    }
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}

/** The name as a word, in capitals or not, with an `@` in front or not. @param {string} name */
function mentionOf(name) {
  const literal = name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\s+/g, "\\s+");
  const word = new RegExp(WORD, "u");
  const [first = ""] = name;
  const last = [...name].at(-1) ?? "";
  const before = word.test(first) ? `(?<!${WORD})` : "";
  const after = word.test(last) ? `(?!${WORD})` : "";
  return new RegExp(`${before}@?${literal}${after}`, "giu");
}
