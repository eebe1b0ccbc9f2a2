import type { Browser } from "playwright-core";
import { chromiumPath } from "./chromium_path.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * A headless Chromium of the test's own; each `newContext()` of it is another user.
 *
 * @throws {Error} that says what to install, where there is none
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (!executablePath) {
    throw new Error(
      "Cannot find Chromium or Chrome on the PATH: install it, on Debian by: apt-get install chromium",
    );
  }
  // keeps Playwright from asking /proc for Windows while it loads, which takes all permissions
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath, args: FLAGS });
}
