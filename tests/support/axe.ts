/// <reference lib="dom" />
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

let source: string | undefined;

/** What axe-core finds wrong with the page as it is now: all of its rules, in both looks. */
export async function axeViolations(page: Page): Promise<string[]> {
  source ??= (await import("axe-core")).default.source;
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(source);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate(async () => {
      // colours on their way to others are none of the page
      const passing = document.getAnimations().filter(({ effect }) =>
        Number.isFinite(effect!.getComputedTiming().endTime)
      );
      await Promise.allSettled(passing.map(({ finished }) => finished));
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      return await axe.run({ resultTypes: ["violations"], preload: false }) as AxeResults;
    });
    for (const { id, nodes } of results.violations) {
      for (const { html, failureSummary } of nodes) {
        found.push(`${colorScheme}: ${id}: ${html}: ${failureSummary}`);
      }
    }
  }
  return found;
}
