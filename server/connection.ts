import { Buffer } from "node:buffer";
import { MOST_BYTES_PER_UNIT } from "./utf8.ts";

/**
 * What a consumer knows of its WebSocket. Sending on a connection that is closing does nothing.
 */
export interface Connection {
  /** Whether it can be sent to now. */
  readonly open: boolean;
  /** Bytes that were sent and that the peer has not taken yet. */
  readonly bufferedAmount: number;
  /** Whether that is more than so many bytes; asks the socket only where it may be. */
  buffersMoreThan(bytes: number): boolean;
  /** Sends a text frame. */
  send(text: string): void;
  /** Starts the closing handshake; the code and reason are RFC 6455's. Again: does nothing. */
  close(code: number, reason?: string): void;
}

/** Read once: each send asks for it, twice, and a global is looked up anew each time. */
const { OPEN } = WebSocket;

/** A close frame holds at most so many bytes of reason (RFC 6455, section 5.5). */
const REASON_BYTES = 123;

/** A {@linkcode Connection} on Deno's WebSocket. */
export class SocketConnection implements Connection {
  #socket: WebSocket | undefined;
  /** What the socket may hold at the most: what it held last, and all that was sent since. */
  #mostBuffered = 0;

  get open(): boolean {
    return this.#socket?.readyState === OPEN;
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  buffersMoreThan(bytes: number): boolean {
    if (this.#mostBuffered > bytes) this.#mostBuffered = this.bufferedAmount;
    return this.#mostBuffered > bytes;
  }

  /** From now on the connection is that socket's. */
  bind(socket: WebSocket): void {
    this.#socket = socket;
  }

  send(text: string): void {
    if (this.#socket?.readyState !== OPEN) return;
    this.#mostBuffered += text.length * MOST_BYTES_PER_UNIT;
    this.#socket.send(text);
  }

  close(code: number, reason = ""): void {
    if (this.#socket?.readyState !== OPEN) return;
    const fits = Buffer.byteLength(reason) <= REASON_BYTES;
    this.#socket.close(code, fits ? reason : "");
  }
}
