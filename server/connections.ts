import type { Connection } from "./connection.ts";
import { Close } from "./protocol.ts";

/** A handshake that is under way. */
export interface Opening {
  /** Ends it. */
  giveUp(): void;
}

/** All WebSockets of this server: those that are open, and those on the way there. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #opening = new Set<Opening>();
  #closing = false;
  #idle: (() => void)[] = [];

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether the server is going away, so that no new ones are wanted. */
  get closing(): boolean {
    return this.#closing;
  }

  /** A handshake has begun; it is given up should the server go away before it ends. */
  begin(opening: Opening): void {
    this.#opening.add(opening);
  }

  /** The handshake is over, one way or the other. */
  end(opening: Opening): void {
    this.#opening.delete(opening);
  }

  /** Takes in one that has opened. */
  add(connection: Connection): void {
    this.#open.add(connection);
    if (this.#closing) this.#close(connection);
  }

  /** Lets go of one that has ended. */
  delete(connection: Connection): void {
    if (this.#open.delete(connection) && this.#open.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Closes all of them, and any that opens later. Resolves when none is open. */
  closeAll(): Promise<void> {
    this.#closing = true;
    for (const opening of this.#opening) opening.giveUp();
    for (const connection of this.#open) this.#close(connection);
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  #close(connection: Connection): void {
    connection.close(Close.goingAway, "server going away");
  }
}
