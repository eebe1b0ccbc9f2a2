import { isFile, programPath } from "./program_path.ts";

const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** The program file of a Chromium or Chrome, or `undefined` where none is installed. */
export function chromiumPath(): string | undefined {
  return programPath("chromium", "chromium-browser", "google-chrome-stable", "google-chrome") ??
    (isFile(MAC) ? MAC : undefined);
}
