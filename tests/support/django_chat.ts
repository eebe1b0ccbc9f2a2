import type { ProcessLines } from "./process_lines.ts";
import { repository } from "./repository.ts";
import { ServerProcess } from "./server_process.ts";

/** A real Django Channels process: the tutorial's chat under Daphne, over Redis pub/sub. */
export class DjangoChat implements AsyncDisposable {
  #process: ServerProcess;
  #address: string;

  private constructor(process: ServerProcess, address: string) {
    this.#process = process;
    this.#address = address;
  }

  /** Starts it on the Redis server; it listens when this resolves. */
  static async start(redisUrl: string): Promise<DjangoChat> {
    const process = new ServerProcess("Django", "/usr/bin/python3", {
      args: ["-m", "daphne", "--bind", "127.0.0.1", "--port", "0", "asgi:application"],
      cwd: `${repository}/tests/interop/django`,
      env: { REDIS_URL: redisUrl, PYTHONDONTWRITEBYTECODE: "1" },
    });
    const listening = /Listening on TCP address (127\.0\.0\.1:\d+)/;
    const line = await process.started(process.stderr.waitFor(listening, { milliseconds: 30_000 }));
    return new DjangoChat(process, listening.exec(line)![1]!);
  }

  /** The WebSocket address of a room; its name is of letters, digits and `_`, as the tutorial's route asks. */
  ws(room: string): string {
    return `ws://${this.#address}/ws/chat/${room}/`;
  }

  /** The log: Daphne's requests and Django's errors. */
  get log(): ProcessLines {
    return this.#process.stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
