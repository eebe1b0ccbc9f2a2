/**
 * Makes the single binary, `dist/parley`: the program with its templates, assets and only the npm packages that it uses.
 * The arguments go to `deno compile`, as in `deno task compile --target aarch64-unknown-linux-gnu`.
 * `DENO_COMPILER` names another Deno than this one to compile with, `DENORT_BIN` the runtime to put into the binary.
 */
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const compiler = Deno.env.get("DENO_COMPILER") ?? Deno.execPath();
const repository = fileURLToPath(new URL("..", import.meta.url));

// those of the task, so that the binary is as fast
const [v8Flags] = config.tasks.start.command.match(/--v8-flags=\S+/)!;

const { stdout: help } = await new Deno.Command(compiler, { args: ["compile", "--help"] }).output();
// an older Deno embeds all that the lock file lists, unless it does not see that file
const onlyUsedPackages = new TextDecoder().decode(help).includes("--exclude-unused-npm")
  ? "--exclude-unused-npm"
  : "--no-lock";

if (Deno.env.has("DENORT_BIN") && Deno.args.some((arg) => /^--target(=.*)?$/.test(arg))) {
  console.error("Cannot compile for another machine with DENORT_BIN: it is the runtime of one");
  Deno.exit(2);
}

const hasOutput = Deno.args.some((arg) => /^(-o|--output(=.*)?)$/.test(arg));

const { code } = await new Deno.Command(compiler, {
  args: [
    "compile",
    "--no-prompt",
    "--allow-net",
    "--allow-env=PARLEY_*",
    v8Flags,
    onlyUsedPackages,
    ...["--include", "templates", "--include", "static"],
    ...hasOutput ? [] : ["--output", "dist/parley"],
    ...Deno.args,
    "main.ts",
  ],
  cwd: repository,
  // Deno 2.4 overflows the usual stack while it collects npm packages
  env: { RUST_MIN_STACK: "67108864" },
}).spawn().status;

Deno.exit(code);
