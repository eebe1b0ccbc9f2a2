import { type Connection, SocketConnection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { Scope } from "./routing.ts";

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

/**
 * A handshake that takes longer than this has nobody at its other end, in milliseconds: Deno tells
 * nothing of a client that went before the upgrade.
 */
const HANDSHAKE_TIMEOUT = 10_000;

/** Answers a WebSocket handshake with the consumer. */
export async function serveConsumer(
  consumer: Consumer,
  scope: Scope,
  connections: Connections,
): Promise<Response> {
  const connection = new SocketConnection();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  // Deno may report the end more than once, an abrupt one as an error before or alone, and the end
  // of a handshake not at all.
  const end = (code: number) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    connections.end(giveUp);
    connections.delete(connection);
    consumer.disconnect(code);
    scope.end();
  };
  const giveUp = () => end(NO_CLOSE_FRAME);
  try {
    const accepted = await consumer.connect(scope, connection);
    if (accepted instanceof Response) return accepted;
    const { socket, response } = upgrade(scope.request, accepted);
    connections.begin(giveUp);
    timer = setTimeout(giveUp, HANDSHAKE_TIMEOUT);
    connection.bind(socket);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (ended) return socket.close();
      clearTimeout(timer);
      connections.end(giveUp);
      connections.add(connection);
      consumer.opened();
    };
    socket.onmessage = ({ data }) => consumer.receive(data);
    socket.onclose = ({ code }) => end(code);
    socket.onerror = () => end(NO_CLOSE_FRAME);
    return response;
  } catch (error) {
    giveUp();
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
