import type { BrowserContext, Page } from "playwright-core";

/** A page that notes what must not happen: errors and warnings on the console, CSP reports, dialogs, refusals. */
export interface WatchedPage {
  page: Page;
  /** What happened that must not, as sentences; empty when all is well. */
  problems: string[];
}

/** Opens a page of that user. */
export async function watchedPage(user: BrowserContext): Promise<WatchedPage> {
  const page = await user.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      problems.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    // who leaves a page gives up what it was still loading; who has no scripts loads none, by a "csp" of its own: that
    // of the page, where it forbids something, is on the console
    if (why !== "net::ERR_ABORTED" && why !== "csp") {
      problems.push(`request failed: ${request.url()} ${why}`);
    }
  });
  page.on("dialog", async (dialog) => {
    problems.push(`a script ran: ${dialog.message()}`);
    await dialog.dismiss();
  });
  await page.addInitScript(() => {
    globalThis.addEventListener("securitypolicyviolation", (event) => {
      const { violatedDirective, blockedURI } = event as unknown as Record<string, string>;
      console.error(`CSP: ${violatedDirective} forbids ${blockedURI}`);
    });
  });
  return { page, problems };
}
