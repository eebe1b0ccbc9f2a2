import type { Buffer } from "node:buffer";
import net from "node:net";

/** What passes through a link in one direction; what the function returns goes on instead. */
export type Filter = (chunk: Buffer) => Buffer | string | undefined;

/** One connection through a {@linkcode TcpProxy}. */
export class TcpLink {
  /** The port of 127.0.0.1 that it leads to. */
  readonly target: number;
  /** What becomes of the bytes from the target; `undefined` lets them pass. */
  fromTarget: Filter | undefined;
  #near: net.Socket;
  #far: net.Socket;
  #stalled = false;
  #sent = "";

  /** @param near the accepted socket @param far the one to the target */
  constructor(near: net.Socket, far: net.Socket, target: number) {
    this.target = target;
    this.#near = near;
    this.#far = far;
    for (const socket of [near, far]) socket.setNoDelay(true);
    this.#pump(near, far, (chunk) => {
      if (this.#sent.length < HEAD) this.#sent += chunk.toString("latin1");
      return chunk;
    });
    this.#pump(
      far,
      near,
      (chunk) => this.fromTarget === undefined ? chunk : this.fromTarget(chunk),
    );
    near.resume();
  }

  /** The first bytes that went to the target, as Latin-1: enough to tell what kind of connection it is. */
  get head(): string {
    return this.#sent;
  }

  /** Cuts both connections by RST: what was under way is lost, and nobody says goodbye. */
  reset(): void {
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  /** Reads no more from the target, as a peer would that has stopped reading, until `resume`. */
  stall(): void {
    this.#stalled = true;
    this.#far.pause();
  }

  /** Ends what `stall` began. */
  resume(): void {
    this.#stalled = false;
    this.#far.resume();
  }

  #pump(from: net.Socket, to: net.Socket, filter: Filter): void {
    from.on("data", (chunk: Buffer) => {
      const rest = filter(chunk);
      if (rest !== undefined && rest.length > 0 && !to.write(rest)) from.pause();
    });
    to.on("drain", () => {
      if (from !== this.#far || !this.#stalled) from.resume();
    });
    from.on("end", () => to.end());
    // an abrupt end is passed on as one
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => to.destroy());
  }
}

/** So many bytes of what a link sends are remembered. */
const HEAD = 4096;

/**
 * A proxy on 127.0.0.1 that leads each connection to the first of its targets that takes it, and can treat the
 * connections as a bad network does. Disposing of it cuts them all.
 */
export class TcpProxy implements AsyncDisposable {
  /** The connections that stand. */
  readonly links = new Set<TcpLink>();
  #server: net.Server;
  #targets: () => readonly number[];
  #sockets = new Set<net.Socket>();
  #onLink: (link: TcpLink) => void;

  private constructor(targets: () => readonly number[], onLink: (link: TcpLink) => void) {
    this.#targets = targets;
    this.#onLink = onLink;
    this.#server = net.createServer({ pauseOnConnect: true }, (near) => {
      this.#track(near);
      near.on("error", () => {});
      this.#lead(near, [...this.#targets()]);
    });
  }

  /**
   * Listens on a port that is free.
   *
   * @param targets asked at each connection: the ports of 127.0.0.1 to try, in this order
   * @param onLink told of each new link before a byte has passed
   */
  static async listen(
    targets: () => readonly number[],
    onLink: (link: TcpLink) => void = () => {},
  ): Promise<TcpProxy> {
    const proxy = new TcpProxy(targets, onLink);
    const listening = Promise.withResolvers<void>();
    proxy.#server.once("error", listening.reject);
    proxy.#server.listen(0, "127.0.0.1", () => listening.resolve());
    await listening.promise;
    return proxy;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #lead(near: net.Socket, targets: number[]): void {
    const target = targets.shift();
    if (target === undefined) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect(target, "127.0.0.1");
    this.#track(far);
    const failed = () => near.destroyed || this.#lead(near, targets);
    far.once("error", failed);
    near.once("close", () => far.destroy());
    far.once("connect", () => {
      far.off("error", failed);
      const link = new TcpLink(near, far, target);
      this.links.add(link);
      near.once("close", () => this.links.delete(link));
      this.#onLink(link);
    });
  }

  #track(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
