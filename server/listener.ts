import { getLogger } from "@logtape/logtape";

const logger = getLogger(["parley"]);

/** So long nothing is accepted after the system would accept nothing, in milliseconds. */
const RETRY_DELAY = 500;

/** A failure within this time after the last one is no news, in milliseconds. */
const NEWS_AFTER = 60_000;

/**
 * Listens on a port until it is shut down. When the system lets no connection in, since the process
 * has too many files open, `Deno.serve` ends: then it listens anew, and those who are in stay.
 */
export class Listener {
  readonly #options: Deno.ServeTcpOptions;
  readonly #handler: Deno.ServeHandler<Deno.NetAddr>;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #failedAt = -Infinity;

  /**
   * Listens when this returns.
   *
   * @throws {Deno.errors.AddrInUse | Error} when it cannot
   */
  constructor(options: Deno.ServeTcpOptions, handler: Deno.ServeHandler<Deno.NetAddr>) {
    this.#handler = handler;
    this.#server = Deno.serve(options, handler);
    // Port 0 would be another one each time, and what is told of the first is told.
    this.#options = { ...options, port: this.#server.addr.port, onListen: () => {} };
    this.#watch();
  }

  /** Accepts nothing more; resolves when all that was accepted is answered. */
  async shutdown(): Promise<void> {
    clearTimeout(this.#retryTimer);
    await this.#server.shutdown();
  }

  #watch(): void {
    this.#server.finished.catch((error) => this.#retryLater(error));
  }

  #retryLater(error: Error): void {
    const now = performance.now();
    if (now - this.#failedAt > NEWS_AFTER) {
      logger.error("Cannot accept connections: {error}; trying again", { error: error.message });
    }
    this.#failedAt = now;
    this.#retryTimer = setTimeout(() => this.#retry(), RETRY_DELAY);
  }

  #retry(): void {
    try {
      this.#server = Deno.serve(this.#options, this.#handler);
    } catch (error) {
      return this.#retryLater(error as Error);
    }
    this.#watch();
  }
}
