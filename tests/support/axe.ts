/// <reference lib="dom" />
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

let source: string | undefined;

/** The rules whose answer depends on colours. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** What axe-core finds wrong with the page as it is now: by all of its rules, and in the dark by those about colours. */
export async function axeViolations(page: Page): Promise<string[]> {
  source ??= (await import("axe-core")).default.source;
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(source);
  const found: string[] = [];
  const schemes = [["dark", COLOURS], ["light", undefined]] as const;
  for (const [colorScheme, rules] of schemes) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate(async (rules) => {
      // colours on their way to others are none of the page
      const passing = document.getAnimations().filter(({ effect }) =>
        Number.isFinite(effect!.getComputedTiming().endTime)
      );
      await Promise.allSettled(passing.map(({ finished }) => finished));
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const runOnly = rules && { type: "rule" as const, values: [...rules] };
      const options = { resultTypes: ["violations" as const], preload: false };
      return await axe.run(runOnly ? { ...options, runOnly } : options) as AxeResults;
    }, rules);
    for (const { id, nodes } of results.violations) {
      for (const { html, failureSummary } of nodes) {
        found.push(`${colorScheme}: ${id}: ${html}: ${failureSummary}`);
      }
    }
  }
  return found;
}
