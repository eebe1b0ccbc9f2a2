/**
 * Installs the programs that the tests run and that are missing: by apt-get where it may, and what no Debian package
 * brings from npm; else it says what to install.
 */
import { chromiumPath, headlessShellPath } from "../tests/support/chromium_path.ts";
import { nodeFolder, nodePackage, nodePath, OLDEST_NODE } from "../tests/support/node_path.ts";
import { isFile, programPath } from "../tests/support/program_path.ts";

const PYTHON = "/usr/bin/python3";
const MODULES = ["channels", "channels_redis", "daphne", "django"];

/** The Node to install; any from `OLDEST_NODE` on would do. */
const NODE_VERSION = "22.23.3";

/** A program that the tests run, and what brings it. */
interface Need {
  what: string;
  /** The Debian packages that bring it. */
  packages: string[];
  /** Brings it where no Debian package does. */
  install?: () => void;
  /** The tests pass without it, only later: it is installed where others are. */
  optional?: true;
  present: () => boolean;
}

const NEEDS: Need[] = [
  {
    what: "redis-server",
    packages: ["redis-server"],
    present: () => programPath("redis-server") !== undefined,
  },
  {
    what: "Chromium or Chrome",
    packages: ["chromium"],
    present: () => chromiumPath() !== undefined,
  },
  {
    what: "Chromium's headless shell",
    packages: ["chromium-headless-shell"],
    optional: true,
    present: () => headlessShellPath() !== undefined,
  },
  {
    what: "faketime",
    packages: ["faketime"],
    present: () => programPath("faketime") !== undefined,
  },
  {
    what: "pgrep",
    packages: ["procps"],
    present: () => programPath("pgrep") !== undefined,
  },
  {
    what: "openssl",
    packages: ["openssl"],
    present: () => programPath("openssl") !== undefined,
  },
  {
    what: `Django Channels, its Redis layer and Daphne for ${PYTHON}`,
    packages: ["python3-channels-redis", "python3-django-channels", "daphne"],
    present: hasPythonModules,
  },
  {
    what: `Node ${OLDEST_NODE} or newer (https://nodejs.org)`,
    packages: [],
    install: installNode,
    present: () => nodePath() !== undefined,
  },
];

function hasPythonModules(): boolean {
  if (!isFile(PYTHON)) return false;
  const modules = MODULES.map((module) => `"${module}"`).join();
  const code = `from importlib.util import find_spec as find
raise SystemExit(not all(map(find, [${modules}])))`;
  return new Deno.Command(PYTHON, { args: ["-c", code] }).outputSync().success;
}

/** Has Deno fetch Node's program into a folder that is no part of the repository. */
function installNode(): void {
  if (nodePackage === undefined) return;
  console.log(`Installing what the tests need: ${nodePackage}@${NODE_VERSION} from npm`);
  const config = {
    imports: { node: `npm:${nodePackage}@${NODE_VERSION}` },
    nodeModulesDir: "auto",
    lock: false,
  };
  Deno.mkdirSync(nodeFolder, { recursive: true });
  Deno.writeTextFileSync(`${nodeFolder}/deno.json`, JSON.stringify(config));
  new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: nodeFolder,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).outputSync();
}

function missing({ optional = false } = {}): Need[] {
  return NEEDS.filter((need) => (need.optional ?? false) === optional && !need.present());
}

function packagesOf(needs: Need[]): string[] {
  return needs.flatMap((need) => need.packages);
}

function aptGet(...args: string[]): boolean {
  const { success } = new Deno.Command("apt-get", {
    args: ["--quiet", "--yes", ...args],
    // run level 1 keeps apt-get from starting what it installs: the tests start their own
    env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).outputSync();
  return success;
}

const packages = packagesOf(missing());
if (packages.length > 0 && Deno.uid() === 0 && programPath("apt-get")) {
  console.log(`Installing what the tests need: ${packages.join(" ")}`);
  const install = ["install", "--no-install-recommends"];
  if (aptGet("update") && aptGet(...install, ...packages)) {
    // one by one, since not every distribution has them
    for (const { packages } of missing({ optional: true })) {
      aptGet(...install, ...packages);
    }
  }
}
for (const { install } of missing()) install?.();

const still = missing();
if (still.length > 0) {
  console.error(`The tests need ${still.map(({ what }) => what).join("; ")}.`);
  const names = packagesOf(still).join(" ");
  if (names !== "") {
    console.error(`On Debian or Ubuntu: sudo apt-get install --no-install-recommends ${names}`);
  }
  Deno.exit(1);
}
