/** How figures are written, in a table as in the picture. */

/** In thousands or millions, to two or three digits: `"2.9 M"`, `"168 k"`. */
export function short(value: number): string {
  const [unit, suffix] = value >= 999_500 ? [1e6, " M"] : value >= 999.5 ? [1e3, " k"] : [1, ""];
  return digits(value / unit) + suffix;
}

/** The same for a round number, which needs no digit after the point: `"1 M"`. */
export function round(value: number): string {
  return short(value).replace(".0", "");
}

/** Two or three digits, as the value needs them: `"0.063"`, `"1.9"`, `"38"`, `"1,024"`. */
export function digits(value: number): string {
  return value.toLocaleString("en", value < 9.95 ? TWO_DIGITS : { maximumFractionDigits: 0 });
}

const TWO_DIGITS = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };

/** A time given in milliseconds: `"0.53 ms"`. */
export function milliseconds(value: number): string {
  return `${digits(value)} ms`;
}

/** A size given in bytes: `"38 KB"`, `"108 MB"`. */
export function bytes(value: number): string {
  const [unit, suffix] = value >= 2 ** 30
    ? [2 ** 30, " GB"]
    : value >= 2 ** 20
    ? [2 ** 20, " MB"]
    : [2 ** 10, " KB"];
  return digits(value / unit) + suffix;
}

/** How many times as much one is as the other: `"0.063×"`. */
export function times(value: number, of: number): string {
  return `${digits(value / of)}×`;
}
