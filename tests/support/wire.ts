import type { Page, WebSocketRoute } from "playwright-core";

/** What the connection of a page does: nothing at all, refuse each message, or be gone and not come back. */
export type WireState = "open" | "silent" | "refusing" | "cut";

/** A page's connection to the server that a test can spoil. */
export class Wire {
  /** How it is. */
  state: WireState = "open";
  /** Why it refuses. */
  code = "too_big";
  #socket: WebSocketRoute | undefined;

  /** Puts it in front of the server, for that page. */
  async lay(page: Page): Promise<void> {
    await page.routeWebSocket(/./, (socket) => {
      if (this.state === "cut") return void socket.close({ code: 1001 });
      if (this.state === "silent") return;
      this.#socket = socket;
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        if (this.state === "open") return server.send(data);
        const { ref } = JSON.parse(String(data));
        if (this.state !== "refusing") return;
        socket.send(JSON.stringify({ type: "error", code: this.code, detail: "", ref }));
      });
    });
  }

  /** Cuts the connection, and every one to come. */
  async cut(): Promise<void> {
    this.state = "cut";
    await this.#socket!.close({ code: 1001 });
  }
}
