import { ProcessLines } from "./process_lines.ts";
import { within } from "./within.ts";

/** A process started for a test; disposing of it kills it, whatever state it is in. */
export class ServerProcess implements AsyncDisposable {
  /** What it writes to its standard output. */
  readonly stdout: ProcessLines;
  /** What it writes to its standard error. */
  readonly stderr: ProcessLines;
  #name: string;
  #child: Deno.ChildProcess;
  #ended = false;
  #status: Promise<Deno.CommandStatus>;

  /** @param name what the process is called in an error */
  constructor(
    name: string,
    program: string,
    options: Pick<Deno.CommandOptions, "args" | "cwd" | "env" | "clearEnv">,
  ) {
    this.#name = name;
    this.#child = new Deno.Command(program, {
      ...options,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = new ProcessLines(this.#child.stdout, `output of ${name}`);
    this.stderr = new ProcessLines(this.#child.stderr, `log of ${name}`);
    this.#status = this.#child.status.finally(() => this.#ended = true);
  }

  /** The number that the system gave it. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Resolves to what `ready` does, to which the process is expected to come after its start.
   *
   * @throws {Error} with all that the process wrote, when it does not; the process is ended then
   */
  async started<T>(ready: Promise<T>): Promise<T> {
    try {
      return await ready;
    } catch (error) {
      await this.kill();
      throw new Error(`Cannot start ${this.#name}\n${this.stdout}${this.stderr}`, { cause: error });
    }
  }

  /** Sends a signal; nothing happens when the process has ended. */
  signal(signal: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** The exit code, when the process has ended and all that it wrote has been read. */
  async exitCode(milliseconds?: number): Promise<number> {
    const what = () => `the end of ${this.#name}; ${this.stderr}`;
    const { code } = await within(this.#status, what, milliseconds);
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return code;
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exitCode();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
