import type { Connections } from "./connections.ts";
import type { Scope } from "./routing.ts";

/**
 * What a consumer knows of its WebSocket. Sending on a connection that is closing does nothing.
 */
export interface Connection {
  /** Whether it can be sent to now. */
  readonly open: boolean;
  /** Bytes that were sent and that the peer has not taken yet. */
  readonly bufferedAmount: number;
  /** Sends a text frame. */
  send(text: string): void;
  /** Starts the closing handshake; the code and reason are RFC 6455's. Again: does nothing. */
  close(code: number, reason?: string): void;
}

/** A consumer's yes to a connection. */
export interface Acceptance {
  /** The subprotocol chosen among those that the client offered. */
  readonly subprotocol?: string;
}

/**
 * One WebSocket's behaviour, as in Channels: it lives as long as its connection. Its calls come in
 * this order: `connect` once; if that accepts, `opened` at most once and `receive` for each message;
 * and unless it refused, `disconnect` exactly once, whatever happened.
 */
export interface Consumer {
  /**
   * Decides before the upgrade: an {@linkcode Acceptance}, or the response that refuses. The
   * connection is not open yet.
   */
  connect(scope: Scope, connection: Connection): Promise<Acceptance | Response>;
  /** The handshake is done: the connection is open. */
  opened(): void;
  /** A message: a string for a text frame, bytes for a binary one. */
  receive(data: string | ArrayBuffer): void;
  /** The connection ended, or never came to be; the code is RFC 6455's, 1006 if there was none. */
  disconnect(code: number): void;
}

/** An idle peer is pinged after half of this time and is dead after all of it, in seconds. */
const IDLE_TIMEOUT = 30;

/** RFC 6455's code for a connection that ended without one. */
const NO_CLOSE_FRAME = 1006;

/** A {@linkcode Connection} on Deno's WebSocket. */
class SocketConnection implements Connection {
  #socket: WebSocket | undefined;

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  bind(socket: WebSocket): void {
    this.#socket = socket;
  }

  send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code: number, reason?: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }
}

/** Answers a WebSocket handshake with the consumer. */
export async function serveConsumer(
  consumer: Consumer,
  scope: Scope,
  connections: Connections,
): Promise<Response> {
  const connection = new SocketConnection();
  let ended = false;
  // Deno may report the end more than once, and an abrupt one as an error before or alone.
  const end = (code: number) => {
    if (ended) return;
    ended = true;
    connections.delete(connection);
    consumer.disconnect(code);
    scope.end();
  };
  try {
    const accepted = await consumer.connect(scope, connection);
    if (accepted instanceof Response) return accepted;
    const { socket, response } = upgrade(scope.request, accepted);
    connection.bind(socket);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      connections.add(connection);
      consumer.opened();
    };
    socket.onmessage = ({ data }) => consumer.receive(data);
    socket.onclose = ({ code }) => end(code);
    socket.onerror = () => end(NO_CLOSE_FRAME);
    return response;
  } catch (error) {
    end(NO_CLOSE_FRAME);
    if (!(error instanceof HandshakeError)) throw error;
    return new Response(`${error.message}\n`, { status: 400 });
  }
}

/** The request is no handshake that Deno understands. */
class HandshakeError extends Error {}

function upgrade(request: Request, { subprotocol }: Acceptance): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request, {
      idleTimeout: IDLE_TIMEOUT,
      ...(subprotocol !== undefined && { protocol: subprotocol }),
    });
  } catch (error) {
    throw new HandshakeError(`Cannot upgrade to a WebSocket: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
