import type { Connection } from "./consumer.ts";

/** All open connections of this server. */
export class Connections {
  readonly #open = new Set<Connection>();
  #idle: (() => void)[] = [];

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes in one that has opened. */
  add(connection: Connection): void {
    this.#open.add(connection);
  }

  /** Lets go of one that has ended. */
  delete(connection: Connection): void {
    if (this.#open.delete(connection) && this.#open.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Closes all of them. */
  closeAll(code: number, reason: string): void {
    for (const connection of this.#open) connection.close(code, reason);
  }

  /** Resolves when none is open. */
  allClosed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }
}
