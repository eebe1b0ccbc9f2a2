import { eventually } from "./eventually.ts";
import type { ProcessLines } from "./process_lines.ts";
import { repository } from "./repository.ts";
import { ServerProcess } from "./server_process.ts";

/** How to run Parley as a process of its own. */
export interface ParleyOptions {
  /** Flags of Parley; `start` puts `--host 127.0.0.1 --port 0` before them. */
  flags?: string[];
  /** Environment variables, beside those of the test without its `PARLEY_*`. */
  env?: Record<string, string>;
  /** A compiled binary to run instead of `main.ts`; its environment is `env` and nothing else. */
  binary?: string;
  /** The folder to run a binary in. @default the repository */
  cwd?: string;
  /** How many files it may have open. @default what the test may */
  openFiles?: number;
}

/** How a process of Parley ended, and the lines that it wrote. */
export interface ParleyOutcome {
  code: number;
  stdout: string[];
  stderr: string[];
}

/** A real Parley: `main.ts` under the permissions of `deno task start`, or a compiled binary. */
export class ParleyProcess implements AsyncDisposable {
  /** The port that it listens on. */
  readonly port: number;
  #process: ServerProcess;
  #url: string;

  private constructor(process: ServerProcess, url: string) {
    this.#process = process;
    this.#url = url;
    this.port = Number(new URL(url).port);
  }

  /**
   * Starts a server; it listens when this resolves.
   *
   * @throws {Error} with the log, when it ends or stays silent instead
   */
  static async start(options: ParleyOptions = {}): Promise<ParleyProcess> {
    const flags = ["--host", "127.0.0.1", "--port", "0", ...options.flags ?? []];
    const process = ParleyProcess.spawn({ ...options, flags });
    const address = /^Parley is at (http:\/\/\S+)$/;
    const line = await process.started(process.stdout.waitFor(address));
    return new ParleyProcess(process, address.exec(line)![1]!);
  }

  /** The process alone, whatever becomes of it. */
  static spawn(
    { flags = [], env = {}, binary, cwd = repository, openFiles }: ParleyOptions,
  ): ServerProcess {
    const limited = (program: string, args: string[]): [string, string[]] =>
      openFiles === undefined
        ? [program, args]
        : ["sh", ["-c", `ulimit -n ${openFiles}; exec "$@"`, "sh", program, ...args]];
    if (binary) {
      const [program, args] = limited(binary, flags);
      return new ServerProcess("Parley", program, { args, cwd, env, clearEnv: true });
    }
    const inherited = Object.entries(Deno.env.toObject()).filter(([name]) =>
      !name.startsWith("PARLEY_")
    );
    const [program, args] = limited(Deno.execPath(), [...startArguments(), ...flags]);
    return new ServerProcess("Parley", program, {
      args,
      cwd: repository,
      env: { ...Object.fromEntries(inherited), ...env },
      clearEnv: true,
    });
  }

  /** Runs Parley with these flags and no others until it ends by itself. */
  static async run(options: ParleyOptions): Promise<ParleyOutcome> {
    await using process = ParleyProcess.spawn(options);
    const code = await process.exitCode();
    return { code, stdout: process.stdout.all, stderr: process.stderr.all };
  }

  /** The address of a page, as in `http("/chat/lobby/")`. */
  http(path = "/"): string {
    return new URL(path, this.#url).href;
  }

  /** The WebSocket address of a room. */
  ws(room: string): string {
    return this.http(`/ws/chat/${encodeURIComponent(room)}/`).replace(/^http/, "ws");
  }

  /** The number that the system gave the process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** What it writes to its standard output. */
  get stdout(): ProcessLines {
    return this.#process.stdout;
  }

  /** What it writes to its standard error: the log. */
  get stderr(): ProcessLines {
    return this.#process.stderr;
  }

  /** The first line of the log, of those so far and those to come, that matches. */
  waitForLog(pattern: RegExp): Promise<string> {
    return this.stderr.waitFor(pattern);
  }

  /** Resolves when the page has this status; it is asked for again and again until then. */
  async waitForStatus(path: string, status: number): Promise<void> {
    const ask = async () => {
      const response = await fetch(this.http(path));
      await response.body?.cancel();
      return response.status;
    };
    await eventually(ask, (answer) => answer === status);
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#process.signal(signal);
  }

  /** The exit code, when the process has ended and all that it wrote has been read. */
  exitCode(milliseconds?: number): Promise<number> {
    return this.#process.exitCode(milliseconds);
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** The arguments for `deno` in the task `start`: tests run under the permissions that users run under. */
function startArguments(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${repository}/deno.json`));
  const [deno, run, ...rest] = (tasks.start.command as string).split(" ");
  if (deno !== "deno" || run !== "run") throw new Error(`Cannot read the task "start"`);
  return [run, ...rest.map((word) => word.replaceAll("'", ""))];
}
