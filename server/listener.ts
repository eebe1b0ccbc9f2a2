import { getLogger } from "@logtape/logtape";

const logger = getLogger(["parley"]);

/** So long nothing is accepted after the system would accept nothing, in milliseconds. */
const RETRY_DELAY = 500;

/** The same failure is news when it has listened for so long in between, in milliseconds. */
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
  /** The last failure, as it was logged. */
  #failure: string | undefined;
  #listenedAt = performance.now();
  #closed = false;

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

  /** Accepts nothing more; resolves when all is answered that was accepted since it last failed. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    await this.#server.shutdown();
  }

  #watch(): void {
    this.#server.finished.catch((error) => this.#retryLater(error));
  }

  #retryLater({ message }: Error): void {
    if (this.#closed) return;
    if (message !== this.#failure || performance.now() - this.#listenedAt > NEWS_AFTER) {
      this.#failure = message;
      logger.error("Cannot accept connections: {message}; trying again", { message });
    }
    this.#retryTimer = setTimeout(() => this.#retry(), RETRY_DELAY);
  }

  #retry(): void {
    try {
      this.#server = Deno.serve(this.#options, this.#handler);
    } catch (error) {
      return this.#retryLater(error as Error);
    }
    this.#listenedAt = performance.now();
    this.#watch();
  }
}
