import type { Browser } from "playwright-core";
import { chromiumPath, headlessShellPath } from "./chromium_path.ts";

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
 * A headless Chromium of the test's own; each `newContext()` of it is another user. It is the headless shell where there
 * is one, which opens a page in half the time.
 *
 * @throws {Error} that says what to install, where there is none
 */
export function launchChromium(): Promise<Browser> {
  return launch(headlessShellPath() ?? chromiumPath());
}

/**
 * The same, never as the shell, which shows no notifications, knows no hover under a finger, and counts the bytes of an
 * answer otherwise.
 */
export function launchWholeChromium(): Promise<Browser> {
  return launch(chromiumPath());
}

async function launch(executablePath: string | undefined): Promise<Browser> {
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
