/** What an attribute can be; a number is written to a tenth. */
type Attributes = Record<string, string | number>;

/** One element of an SVG picture, with text or elements in it. */
export function element(name: string, attributes: Attributes, ...content: string[]): string {
  const written = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${typeof value === "number" ? rounded(value) : escaped(value)}"`
  ).join("");
  return content.length > 0
    ? `<${name}${written}>${content.join("")}</${name}>`
    : `<${name}${written}/>`;
}

/** A line of text; its baseline is at `y`. */
export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(words));
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return element("line", { x1, y1, x2, y2, class: kind });
}

/** A group, moved by this much. */
export function group(x: number, y: number, ...content: string[]): string {
  const lines = content.map((child) => `\n${child}`).join("");
  return element("g", { transform: `translate(${rounded(x)} ${rounded(y)})` }, `${lines}\n`);
}

function rounded(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
