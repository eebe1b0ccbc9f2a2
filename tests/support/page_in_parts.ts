/** A web server that passes on what another has, but each page in two parts. */
export class PageInParts implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #rest = Promise.withResolvers<void>();

  /**
   * @param address of the server whose pages these are, without a path
   * @param after what the first part ends with
   * @param edit what is made of a page's text before it is sent
   */
  constructor(address: string, after: string, edit = (page: string) => page) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const answer = await fetch(new URL(pathname + search, address));
        const headers = new Headers(answer.headers);
        // what fetch has unpacked
        headers.delete("content-encoding");
        headers.delete("content-length");
        const isPage = headers.get("content-type")?.startsWith("text/html") ?? false;
        const body = isPage ? this.#inParts(edit(await answer.text()), after) : answer.body;
        return new Response(body, { status: answer.status, headers });
      },
    );
  }

  /** The same path on this server. */
  address(url: string): string {
    return `http://127.0.0.1:${this.#server.addr.port}${new URL(url).pathname}`;
  }

  /** Sends what comes after the first part. */
  sendRest(): void {
    this.#rest.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sendRest();
    await this.#server.shutdown();
  }

  #inParts(page: string, after: string): ReadableStream<Uint8Array> {
    const end = page.indexOf(after) + after.length;
    if (end < after.length) throw new Error(`no ${after} on the page`);
    const rest = this.#rest.promise;
    return ReadableStream.from(async function* () {
      yield page.slice(0, end);
      await rest;
      yield page.slice(end);
    }()).pipeThrough(new TextEncoderStream());
  }
}
