import { posix } from "node:path";

/** What a module imports by a relative path, statically. */
const IMPORT = /^(?:import|export)\s*(?:[\w$*{}\s,]+\sfrom\s*)?["'](\.\.?\/[^"']+)["']/gm;

/**
 * The modules that a module needs, itself the last: all that a browser has to have before it can run it.
 *
 * @param source gives a module's text by its path; `undefined` where there is none
 */
export function modulesFor(
  entry: string,
  source: (path: string) => string | undefined,
): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    const text = source(path);
    if (text === undefined) throw new TypeError(`Cannot find the module "${path}"`);
    for (const [, specifier] of text.matchAll(IMPORT)) {
      const imported = posix.join(posix.dirname(path), specifier!);
      if (imported !== entry && !found.has(imported)) visit(imported);
    }
    found.add(path);
  };
  visit(entry);
  return [...found];
}
