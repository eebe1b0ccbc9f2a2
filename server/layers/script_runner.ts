import type { Buffer } from "node:buffer";
import type { Script } from "./redis_scripts.ts";

interface Call {
  /** The order of the calls. */
  readonly ticket: number;
  readonly script: Script;
  readonly rest: readonly (string | Buffer)[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
  again: boolean;
}

/**
 * Runs scripts by their digests over one connection. Should Redis have forgotten them, it is told them
 * again, and they still run in the order of the calls: what is called meanwhile waits its turn.
 */
export class ScriptRunner {
  readonly #send: (args: (string | Buffer)[]) => Promise<unknown>;
  readonly #scripts: readonly Script[];
  #calls = 0;
  /** How many calls were sent and not answered. */
  #underway = 0;
  /** The calls to send when none is under way. */
  readonly #waiting: Call[] = [];

  /** `send` gives a command to the connection; `scripts` are all that will be run. */
  constructor(
    send: (args: (string | Buffer)[]) => Promise<unknown>,
    scripts: readonly Script[],
  ) {
    this.#send = send;
    this.#scripts = scripts;
  }

  /** Tells Redis the scripts. */
  load(): void {
    for (const { source } of this.#scripts) {
      // If that fails, so does what needs the script.
      this.#send(["SCRIPT", "LOAD", source]).catch(() => {});
    }
  }

  /** Runs a script; `rest` is the number of keys, the keys and the arguments. */
  run(script: Script, rest: readonly (string | Buffer)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = { ticket: this.#calls++, script, rest, resolve, reject, again: false };
      if (this.#waiting.length > 0) this.#waiting.push(call);
      else this.#start(call);
    });
  }

  #start(call: Call): void {
    this.#underway++;
    this.#send(["EVALSHA", call.script.sha, ...call.rest]).then((reply) => {
      call.resolve(reply);
      this.#ended();
    }, (error) => {
      if (isForgotten(error) && !call.again) this.#waiting.push(call);
      else call.reject(error);
      this.#ended();
    });
  }

  #ended(): void {
    if (--this.#underway > 0 || this.#waiting.length === 0) return;
    this.load();
    for (const call of this.#waiting.splice(0).sort((a, b) => a.ticket - b.ticket)) {
      call.again = true;
      this.#start(call);
    }
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
