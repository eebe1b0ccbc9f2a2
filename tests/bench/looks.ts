import type { ContenderName } from "./contenders.ts";

/** How a server looks in the picture. */
export interface Look {
  /** For a light and for a dark ground. */
  colours: [light: string, dark: string];
  /** The shape of a point on a curve, around 0 0, so that a curve is told also without its colour. */
  point: string;
}

const CIRCLE = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z";
const SQUARE = "M-3.5-3.5h7v7h-7z";
const DIAMOND = "M0-5l5 5l-5 5l-5-5z";
const TRIANGLE = "M0-4.8l4.8 8.4h-9.6z";
const UPTURNED = "M0 4.8l4.8-8.4h-9.6z";

/** The looks of all servers. */
export const LOOKS: Record<ContenderName, Look> = {
  parley: { colours: ["#0f6a6e", "#6cc5bd"], point: CIRCLE },
  "parley-plain": { colours: ["#0f6a6e", "#6cc5bd"], point: CIRCLE },
  "plain-deno": { colours: ["#66707a", "#9aa5ae"], point: SQUARE },
  bun: { colours: ["#b4531f", "#f0a27f"], point: DIAMOND },
  ws: { colours: ["#6b3fa0", "#c6a5f0"], point: TRIANGLE },
  "socket-io": { colours: ["#8a6a00", "#dcbf66"], point: UPTURNED },
};

/** The style of the picture: it follows the reader's colour scheme, on a ground of its own. */
export function style(): string {
  const scheme = (dark: boolean) =>
    Object.entries(LOOKS).map(([name, { colours }]) => {
      const colour = colours[dark ? 1 : 0];
      return `.${name} { --colour: ${colour}; }`;
    }).join(" ");
  return `
svg {
  font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  --ground: #ffffff; --edge: #d5dadf; --grid: #e6eaee; --text: #1d2628; --quiet: #59636e;
}
${scheme(false)}
.ground { fill: var(--ground); stroke: var(--edge); }
text { fill: var(--text); }
.title { font-size: 17px; font-weight: 600; }
.heading { font-size: 14px; font-weight: 600; }
.quiet { fill: var(--quiet); }
.small { font-size: 12px; }
.strong { font-weight: 600; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.grid { stroke: var(--grid); }
.axis { stroke: var(--quiet); }
.bar, .point { fill: var(--colour); }
.curve { fill: none; stroke: var(--colour); stroke-width: 2; stroke-linejoin: round; }
.parley.curve { stroke-width: 3; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0f1518; --edge: #2c383b; --grid: #232d31; --text: #e8e6df; --quiet: #a2adac; }
  ${scheme(true)}
}
`;
}
