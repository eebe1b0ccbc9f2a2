import { within } from "./within.ts";

/** A request to upgrade, as it goes over the wire. */
export interface HandshakeOptions {
  /** The port of 127.0.0.1 to connect to. */
  port: number;
  /** The request's target, sent as it is: `..` and illegal escapes too. */
  path: string;
  /** More headers, or other values for the usual ones; an empty value leaves a header out. */
  headers?: Record<string, string>;
}

/** One frame of RFC 6455. */
export interface RawFrame {
  /** 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  opcode: number;
  payload: Uint8Array<ArrayBuffer>;
}

/**
 * A WebSocket client without manners, over plain TCP: it sends any path, header, and frame, reads only when it is
 * asked to (so it can be a peer that has stopped reading), and leaves without a goodbye when it is disposed.
 */
export class RawWebSocket implements Disposable {
  /** The status of the server's answer; 101 when the connection is a WebSocket now. */
  readonly status: number;
  /** The headers of the server's answer. */
  readonly headers: Headers;
  #connection: Deno.Conn;
  #buffer: Uint8Array<ArrayBuffer>;

  private constructor(connection: Deno.Conn, head: string, rest: Uint8Array<ArrayBuffer>) {
    const [statusLine, ...lines] = head.split("\r\n");
    this.status = Number(statusLine!.split(" ")[1]);
    this.headers = new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    this.#connection = connection;
    this.#buffer = rest;
  }

  /** Connects, asks for the upgrade, and reads the server's answer up to the end of its headers. */
  static async open({ port, path, headers = {} }: HandshakeOptions): Promise<RawWebSocket> {
    const all = {
      "Host": `127.0.0.1:${port}`,
      "Connection": "Upgrade",
      "Upgrade": "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": btoa("sixteen bytes !!"),
      ...headers,
    };
    const lines = Object.entries(all).filter(([, value]) => value !== "").map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    try {
      const request = `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
      await writeAll(connection, new TextEncoder().encode(request));
      let received = new Uint8Array(0);
      for (;;) {
        const text = new TextDecoder("latin1").decode(received);
        const end = text.indexOf("\r\n\r\n");
        if (end >= 0) {
          return new RawWebSocket(connection, text.slice(0, end), received.slice(end + 4));
        }
        received = concat(received, await readSome(connection));
      }
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** The body of a refusal, as far as `Content-Length` says. */
  async body(): Promise<string> {
    const length = Number(this.headers.get("content-length"));
    return new TextDecoder().decode(await this.#take(length));
  }

  /** Sends a text frame. */
  sendText(text: string): Promise<void> {
    return this.sendFrame(1, new TextEncoder().encode(text));
  }

  /** Sends one frame as RFC 6455 lays it out, masked with zeros; `last` false makes it a fragment. */
  async sendFrame(opcode: number, payload: Uint8Array, { last = true } = {}): Promise<void> {
    const head = [(last ? 0x80 : 0) | opcode];
    if (payload.length < 126) head.push(0x80 | payload.length);
    else if (payload.length < 65536) {
      head.push(0x80 | 126, payload.length >> 8, payload.length & 255);
    } else {
      const length = new DataView(new ArrayBuffer(8));
      length.setBigUint64(0, BigInt(payload.length));
      head.push(0x80 | 127, ...new Uint8Array(length.buffer));
    }
    await writeAll(this.#connection, concat(Uint8Array.from([...head, 0, 0, 0, 0]), payload));
  }

  /** Reads one frame. */
  async readFrame(): Promise<RawFrame> {
    const [first, second] = await this.#take(2);
    let length = second! & 127;
    if (length === 126) length = new DataView((await this.#take(2)).buffer).getUint16(0);
    else if (length === 127) {
      length = Number(new DataView((await this.#take(8)).buffer).getBigUint64(0));
    }
    return { opcode: first! & 15, payload: await this.#take(length) };
  }

  /** The text of the next text frame; other frames before it are dropped. */
  async readText(): Promise<string> {
    for (;;) {
      const { opcode, payload } = await this.readFrame();
      if (opcode === 1) return new TextDecoder().decode(payload);
      if (opcode === 8) throw new Error(`Cannot read a text: closed with ${closeCode(payload)}`);
    }
  }

  /** Reads up to the server's close frame, and returns its code: 1005 when it has none. */
  async readCloseCode(): Promise<number> {
    for (;;) {
      const { opcode, payload } = await this.readFrame();
      if (opcode === 8) return closeCode(payload);
    }
  }

  /** Cuts the TCP connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#buffer.length < length) {
      this.#buffer = concat(this.#buffer, await readSome(this.#connection));
    }
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }
}

function closeCode(payload: Uint8Array<ArrayBuffer>): number {
  return payload.length < 2 ? 1005 : new DataView(payload.buffer).getUint16(0);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function readSome(connection: Deno.Conn): Promise<Uint8Array> {
  const chunk = new Uint8Array(65536);
  const count = await within(connection.read(chunk), "bytes from the server");
  if (count === null) throw new Error("Cannot read more: the server has closed the connection");
  return chunk.subarray(0, count);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}
