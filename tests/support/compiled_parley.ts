import { repository } from "./repository.ts";

/** No compiler here can make a binary: a matter of the machine, not of the program. */
export class NoCompilerError extends Error {
  override readonly name = "NoCompilerError";
}

/** The single binary, made by `deno task compile` in a temporary folder that goes when it is disposed. */
export class CompiledParley implements AsyncDisposable {
  /** The program's file. */
  readonly path: string;
  /** What the compiler said: among other things, which npm packages are inside. */
  readonly output: string;
  #folder: string;

  private constructor(folder: string, output: string) {
    this.#folder = folder;
    this.path = `${folder}/parley`;
    this.output = output;
  }

  /**
   * Compiles it.
   *
   * @throws {NoCompilerError} where Deno cannot download its base runtime and nothing names one
   * @throws {Error} with the compiler's words, when it fails otherwise
   */
  static async make(): Promise<CompiledParley> {
    const folder = await Deno.makeTempDir({ prefix: "parley-binary-" });
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "compile", "--output", `${folder}/parley`],
      cwd: repository,
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const parley = new CompiledParley(folder, output);
    if (success) return parley;
    await parley[Symbol.asyncDispose]();
    if (/error sending request for url \S+denort/.test(output)) {
      throw new NoCompilerError(
        "Deno cannot download its base runtime, and DENO_COMPILER and DENORT_BIN name none",
      );
    }
    throw new Error(`Cannot compile:\n${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
