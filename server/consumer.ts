import { type Connection, SocketConnection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { Endings, Scope } from "./routing.ts";

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

/** The header with the subprotocols offered, and with the one chosen (RFC 6455, section 11.3.4). */
export const PROTOCOL_HEADER = "sec-websocket-protocol";

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
  const binding = new Binding(consumer, scope.endings, connections);
  try {
    const accepted = await consumer.connect(scope, binding.connection);
    if (accepted instanceof Response) return accepted;
    const { socket, response } = upgrade(scope.request, accepted);
    binding.begin(socket);
    return response;
  } catch (error) {
    binding.giveUp();
    if (!(error instanceof HandshakeError)) throw error;
    return new Response(`${error.message}\n`, { status: 400 });
  }
}

/**
 * A consumer on its WebSocket. It is the listener itself, and knows nothing of the handshake's
 * request, since there is one for every connection as long as that lasts.
 */
class Binding implements EventListenerObject {
  readonly connection = new SocketConnection();
  readonly #consumer: Consumer;
  readonly #endings: Endings;
  readonly #connections: Connections;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(consumer: Consumer, endings: Endings, connections: Connections) {
    this.#consumer = consumer;
    this.#endings = endings;
    this.#connections = connections;
  }

  /** The handshake is about to be answered. */
  begin(socket: WebSocket): void {
    this.connection.bind(socket);
    this.#connections.begin(this);
    this.#timer = setTimeout(() => this.giveUp(), HANDSHAKE_TIMEOUT);
    socket.binaryType = "arraybuffer";
    for (const type of ["open", "message", "close", "error"]) socket.addEventListener(type, this);
  }

  handleEvent(event: Event): void {
    switch (event.type) {
      case "message":
        return this.#consumer.receive((event as MessageEvent).data);
      case "open":
        return this.#open(event.target as WebSocket);
      case "close":
        return this.#end((event as CloseEvent).code);
      case "error":
        return this.giveUp();
    }
  }

  /** There is nobody at the other end. */
  giveUp(): void {
    this.#end(NO_CLOSE_FRAME);
  }

  #open(socket: WebSocket): void {
    if (this.#ended) return socket.close();
    this.#leaveOpening();
    this.#connections.add(this.connection);
    this.#consumer.opened();
  }

  #leaveOpening(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#connections.end(this);
  }

  /**
   * Deno may report the end more than once, an abrupt one as an error before or alone, and the end
   * of a handshake not at all.
   */
  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leaveOpening();
    this.#connections.delete(this.connection);
    this.#consumer.disconnect(code);
    this.#endings.run();
  }
}

/** The request is no handshake that Deno understands. */
class HandshakeError extends Error {}

function upgrade(request: Request, { subprotocol }: Acceptance): Deno.WebSocketUpgrade {
  try {
    const offered = request.headers.get(PROTOCOL_HEADER)?.split(", ") ?? [];
    const known = subprotocol !== undefined && offered.includes(subprotocol);
    const upgraded = Deno.upgradeWebSocket(request, {
      idleTimeout: IDLE_TIMEOUT,
      ...(known && { protocol: subprotocol }),
    });
    // Deno finds it only among offers with one space behind each comma.
    if (subprotocol !== undefined && !known) {
      upgraded.response.headers.set(PROTOCOL_HEADER, subprotocol);
    }
    return upgraded;
  } catch (error) {
    throw new HandshakeError(`Cannot upgrade to a WebSocket: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
