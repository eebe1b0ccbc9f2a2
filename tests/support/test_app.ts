import { type App, createApp } from "../../server/app.ts";
import { Assets } from "../../server/assets.ts";
import { newCounters } from "../../server/counters.ts";
import type { ChannelLayer } from "../../server/layers/channel_layer.ts";
import { MemoryChannelLayer } from "../../server/layers/memory.ts";
import { parseCommand } from "../../server/settings.ts";
import { repository } from "./repository.ts";

const assets = await Assets.load(`${repository}/static`);

/** The whole server within the test's process, on a memory layer unless another is given. */
export class TestApp implements AsyncDisposable {
  readonly app: App;
  readonly assets = assets;
  readonly #layer: ChannelLayer;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;

  /** `flags` as on the command line. */
  constructor(flags: string[] = [], layer?: ChannelLayer) {
    const command = parseCommand(flags, () => undefined);
    if (command.kind !== "serve") throw new TypeError(`Cannot serve with ${flags}`);
    const { settings } = command;
    this.#layer = layer ??
      new MemoryChannelLayer({ ...settings.history, totalBytes: settings.historyMemory });
    this.app = createApp({
      settings,
      layer: this.#layer,
      counters: newCounters(),
      assets,
      templates: `${repository}/templates`,
    });
  }

  /** The answer to a request, without any port. */
  request(
    path: string,
    init: RequestInit = {},
    { base = "http://chat.example", address = "192.0.2.1" } = {},
  ): Promise<Response> {
    return this.app.handle(new Request(new URL(path, base), init), address);
  }

  /** Starts to listen on a free port of 127.0.0.1, once. */
  get port(): number {
    this.#server ??= Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request, { remoteAddr }) => this.app.handle(request, remoteAddr.hostname),
    );
    return this.#server.addr.port;
  }

  /** The address of a room's WebSocket. */
  ws(room: string, query = ""): string {
    return `ws://127.0.0.1:${this.port}/ws/chat/${encodeURIComponent(room)}/${query}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.#server?.shutdown();
    await this.#layer[Symbol.asyncDispose]();
  }
}
