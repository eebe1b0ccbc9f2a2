/// <reference lib="dom" />
import type { BrowserContextOptions, Page } from "playwright-core";
import { connected, type Scene } from "./scene.ts";
import { TcpProxy } from "./tcp_proxy.ts";
import { watchedPage } from "./watched_page.ts";

/** What the browser itself says of a connection that fails, which is what these tests are about. */
const FAILED = /^console error: WebSocket connection to '[^']*' failed: /;

/** The room's page of a user whose connection to the server can be cut. */
export class CuttablePage implements AsyncDisposable {
  readonly page: Page;
  readonly #stack: AsyncDisposableStack;
  readonly #network: { up: boolean };
  readonly #proxy: TcpProxy;

  private constructor(
    page: Page,
    stack: AsyncDisposableStack,
    network: { up: boolean },
    proxy: TcpProxy,
  ) {
    this.page = page;
    this.#stack = stack;
    this.#network = network;
    this.#proxy = proxy;
  }

  /**
   * Enters the scene's room; the page is connected when this resolves.
   *
   * @param port asked at each connection: where the server listens
   */
  static async enter(
    scene: Scene,
    options: BrowserContextOptions = {},
    port = () => scene.parley.port,
  ): Promise<CuttablePage> {
    await using stack = new AsyncDisposableStack();
    const network = { up: true };
    const proxy = stack.use(await TcpProxy.listen(() => network.up ? [port()] : []));
    const user = await scene.user(options);
    // the waits for the next try are as short as they can be
    await user.addInitScript(() => Math.random = () => 0);
    const { page, problems } = await watchedPage(user);
    stack.defer(() => {
      scene.problems.push(...problems.filter((problem) => !FAILED.test(problem)));
    });
    stack.defer(() => page.close());
    const { pathname } = new URL(scene.address);
    await page.goto(`http://127.0.0.1:${proxy.port}${pathname}`);
    await connected(page);
    return new CuttablePage(page, stack.move(), network, proxy);
  }

  /** Cuts the connection; there is none until {@linkcode CuttablePage.mend}. */
  async cut(): Promise<void> {
    this.#network.up = false;
    this.reset();
    await this.page.locator("#chat-state[data-state=waiting]").waitFor();
  }

  /** Cuts the connections that stand; others can be made at once. */
  reset(): void {
    for (const link of this.#proxy.links) link.reset();
  }

  /** There is a connection again; resolves when the page has it. */
  async mend(): Promise<void> {
    this.#network.up = true;
    await connected(this.page);
  }

  /** The page is loaded again, over a new connection; resolves when it is connected. */
  async reload(): Promise<void> {
    this.#network.up = true;
    await this.page.reload();
    await connected(this.page);
  }

  /** Holds back what the server says on the connections that stand, until the returned function is called. */
  delay(): () => void {
    const links = [...this.#proxy.links];
    for (const link of links) link.stall();
    return () => links.forEach((link) => link.resume());
  }

  /** Drops whatever the server says on the connections that stand. */
  deafen(): void {
    for (const link of this.#proxy.links) link.fromTarget = () => undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
