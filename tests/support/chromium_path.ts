import { isFile, programPath } from "./program_path.ts";

const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** The program file of a Chromium or Chrome, or `undefined` where none is installed. */
export function chromiumPath(): string | undefined {
  return programPath("chromium", "chromium-browser", "google-chrome-stable", "google-chrome") ??
    (isFile(MAC) ? MAC : undefined);
}

/** The program file of Chromium's headless shell: the same engine without a window's browser around it. */
export function headlessShellPath(): string | undefined {
  return programPath("chromium-headless-shell", "chrome-headless-shell");
}
