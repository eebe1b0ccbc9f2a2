import type { Message, ParleyEvents } from "../../static/client.js";
import { nodePath, OLDEST_NODE } from "./node_path.ts";
import { repository } from "./repository.ts";
import { ServerProcess } from "./server_process.ts";

/** Something that the client told its program. */
export type Told = {
  [K in keyof ParleyEvents]: { type: K; detail: ParleyEvents[K]["detail"] };
}[keyof ParleyEvents];

/** The program `tests/node/echo.js` under a real Node, with a copy of `static/client.js` in a folder of its own. */
export class NodeClient implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: ServerProcess;
  readonly #told: Told[] = [];

  private constructor(folder: string, process: ServerProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * Starts it; it is in the room when this resolves.
   *
   * @throws {Error} that says what to install, where there is no Node
   */
  static async start(address: string, room: string): Promise<NodeClient> {
    const node = nodePath();
    if (node === undefined) {
      throw new Error(
        `Cannot find Node ${OLDEST_NODE} or newer: "deno task test" installs it, or nodejs.org has it`,
      );
    }
    const folder = await Deno.makeTempDir({ prefix: "parley-node-" });
    for (const name of ["static", "tests/node"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/package.json`, `{"type": "module"}`);
    for (const name of ["static/client.js", "tests/node/echo.js"]) {
      await Deno.copyFile(`${repository}/${name}`, `${folder}/${name}`);
    }
    const args = ["tests/node/echo.js", address, room];
    const client = new NodeClient(
      folder,
      new ServerProcess("Node", node, { args, cwd: folder, env: { NO_COLOR: "1" } }),
    );
    try {
      await client.#process.started(client.#process.stdout.waitFor(/"type":"welcome"/));
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
    return client;
  }

  /** All that it was told so far, in order. */
  get told(): readonly Told[] {
    const lines = this.#process.stdout.all.slice(this.#told.length);
    this.#told.push(...lines.map((line) => JSON.parse(line)));
    return this.#told;
  }

  /** The messages among that. */
  get messages(): Message[] {
    return this.told.flatMap(({ type, detail }) => type === "message" ? [detail] : []);
  }

  /** The texts of its own messages that it has heard back. */
  get acknowledged(): string[] {
    return this.messages.filter(({ own }) => own).map(({ message }) => message);
  }

  /** What it wrote about errors that nobody caught, and warnings. */
  get complaints(): string[] {
    return this.#process.stderr.all;
  }

  /** The exit code, when the process has ended by itself. */
  exitCode(): Promise<number> {
    return this.#process.exitCode();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
