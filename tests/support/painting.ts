/// <reference lib="dom" />
import type { Page, Route } from "playwright-core";

/** Holds all answers to requests of that page for scripts, until they are released. */
export async function holdScripts(page: Page): Promise<{ held: number; release(): Promise<void> }> {
  const waiting: Route[] = [];
  const isScript = (url: URL) => url.pathname.endsWith(".js");
  await page.route(isScript, (route) => void waiting.push(route));
  return {
    get held() {
      return waiting.length;
    },
    async release() {
      await page.unroute(isScript);
      // what was asked for by a page that is gone needs no answer
      await Promise.all(waiting.map((route) => route.continue().catch(() => {})));
    },
  };
}

/** Resolves when the page has painted something of its content. */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(() =>
    new Promise<void>((resolve) => {
      const observer = new PerformanceObserver((list) => {
        if (list.getEntriesByName("first-contentful-paint").length > 0) resolve();
      });
      observer.observe({ type: "paint", buffered: true });
    })
  );
}
