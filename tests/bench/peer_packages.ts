import { programPath } from "../support/program_path.ts";
import { repository } from "../support/repository.ts";

/**
 * Installs these packages of npm, as in `{ ws: "8.23.0" }`, into a folder of this name under `dist/bench/`, unless they
 * are there, and returns the folder with a slash at its end.
 *
 * @throws {Error} when there is no npm, or it cannot install them
 */
export async function installPackages(
  name: string,
  versions: Record<string, string>,
): Promise<string> {
  const folder = `${repository}/dist/bench/${name}/`;
  if (installed(folder, versions)) return folder;
  const npm = programPath("npm");
  if (!npm) throw new Error(`Cannot install ${name}: there is no npm`);
  const wanted = Object.entries(versions).map((entry) => entry.join("@"));
  console.error(`Installing ${wanted.join(", ")}`);
  await Deno.mkdir(folder, { recursive: true });
  const quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
  const { success, stderr } = await new Deno.Command(npm, {
    args: ["install", ...quiet, "--prefix", folder, ...wanted],
    cwd: folder,
  }).output();
  if (success) return folder;
  throw new Error(`Cannot install ${name}: npm failed ${new TextDecoder().decode(stderr)}`.trim());
}

function installed(folder: string, versions: Record<string, string>): boolean {
  return Object.entries(versions).every(([name, version]) => {
    try {
      const file = `${folder}node_modules/${name}/package.json`;
      return JSON.parse(Deno.readTextFileSync(file)).version === version;
    } catch {
      return false;
    }
  });
}
