/** The most code points a member's name may have. */
export const NAME_LENGTH = 32;

/** Control characters, line and paragraph separators, and what turns the direction of text. */
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** What shows nothing; what stands behind the class are symbols and marks for Unicode. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFC\u{1D159}]/gu;

/** Why no member can be called so. */
export type NameProblem = "name_empty" | "name_characters" | "name_too_long";

/** The same for people. */
export const NAME_PROBLEMS: Readonly<Record<NameProblem, string>> = {
  name_empty: "A name must have something to see",
  name_characters: "A name must not have control or direction characters",
  name_too_long: `A name has at most ${NAME_LENGTH} characters`,
};

/** Why a member cannot be called so; `undefined` when it can. */
export function nameProblem(name: string): NameProblem | undefined {
  if (foldName(name) === "") return "name_empty";
  if (!name.isWellFormed() || FORBIDDEN.test(name)) return "name_characters";
  if (name.length > NAME_LENGTH && [...name].length > NAME_LENGTH) return "name_too_long";
  return undefined;
}

/** The name without spaces around it, and with single ones within, in NFC. */
export function tidyName(name: string): string {
  return name.normalize("NFC").replace(/\s+/gu, " ").trim();
}

/**
 * What is the same for names that look the same: NFKC, case folded, without what cannot be seen.
 * Upper case first, since lower case alone keeps `ß` and `ss` apart, and `ς` and `σ`.
 */
export function foldName(name: string): string {
  const visible = name.normalize("NFKC").replace(INVISIBLE, "");
  return tidyName(visible).toUpperCase().toLowerCase().normalize("NFKC").trim();
}

/**
 * Names to try, best first, until one is free: the wanted one, then with numbers; without a wanted
 * one, guests' names.
 */
export function* nameCandidates(wanted: string | undefined): Generator<string> {
  if (wanted !== undefined) {
    yield wanted;
    for (let n = 2; n < 10; n++) yield numbered(wanted, `${n}`);
  }
  const name = wanted ?? "Guest";
  for (let tries = 0; tries < 8; tries++) yield numbered(name, digits(4));
  // A room may have more of them than there are shorter numbers.
  while (true) yield numbered(name, digits(9));
}

function numbered(name: string, number: string): string {
  return `${[...name].slice(0, NAME_LENGTH - 1 - number.length).join("").trimEnd()} ${number}`;
}

function digits(count: number): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return String(10 ** (count - 1) + random! % (9 * 10 ** (count - 1)));
}
