import type { Consumer } from "./consumer.ts";
import { lists } from "./header_list.ts";

/** What is known of a request, as in Channels: the request, its route, and what middleware adds. */
export class Scope {
  /** The request's address, parsed. */
  readonly url: URL;
  /** The route's parameters, still percent-encoded. */
  params: Readonly<Record<string, string | undefined>> = {};
  /** The client's address: an IP address without a port. */
  client: string;
  /** Whether the client speaks TLS, to us or to a proxy that we trust. */
  secure: boolean;
  /** What is to be done when the WebSocket of this scope has ended. */
  readonly endings = new Endings();

  /** `client`: the address of the TCP connection's other end. */
  constructor(readonly request: Request, client: string) {
    this.url = new URL(request.url);
    this.client = client;
    this.secure = this.url.protocol === "https:";
  }
}

/** What is to be done at an end; unlike the {@linkcode Scope} it is kept until then. */
export class Endings {
  #callbacks: (() => void)[] = [];

  /** Calls it when the end comes. */
  add(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  /** The end has come. */
  run(): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
  }
}

/** Answers a request. */
export type Handler = (scope: Scope) => Response | Promise<Response>;

/** Puts something around a handler. */
export type Middleware = (next: Handler) => Handler;

/** A row of the URL table: a view for pages, or a consumer for WebSockets. */
export type Route =
  & { readonly pattern: string }
  & ({ readonly view: Handler } | { readonly consumer: () => Consumer });

/** What happens with a request that has found its row, or none. */
export interface Dispatch {
  /** For rows with a consumer: does the handshake. */
  readonly upgrade: (consumer: () => Consumer) => Handler;
  /** For what nothing answers. */
  readonly refuse: (scope: Scope, status: Refusal, headers?: Record<string, string>) => Response;
}

/** The status of what nothing answers. */
export type Refusal = 400 | 404 | 405 | 426;

/** Answers by the first row whose pattern, a URL pattern for the path, matches. */
export function router(routes: readonly Route[], { upgrade, refuse }: Dispatch): Handler {
  const table = routes.map((route) => ({
    pattern: new URLPattern({ pathname: route.pattern }),
    handler: "view" in route ? pages(route.view, refuse) : sockets(upgrade(route.consumer), refuse),
  }));
  return (scope) => {
    for (const { pattern, handler } of table) {
      const match = pattern.exec({ pathname: scope.url.pathname });
      if (match !== null) {
        scope.params = match.pathname.groups;
        return handler(scope);
      }
    }
    return refuse(scope, 404);
  };
}

function pages(view: Handler, refuse: Dispatch["refuse"]): Handler {
  return (scope) => {
    const { method } = scope.request;
    if (method === "GET" || method === "HEAD") return view(scope);
    return refuse(scope, 405, { allow: "GET, HEAD" });
  };
}

function sockets(upgrade: Handler, refuse: Dispatch["refuse"]): Handler {
  return (scope) => {
    const { method, headers } = scope.request;
    if (method !== "GET") return refuse(scope, 405, { allow: "GET" });
    if (
      !lists(headers.get("upgrade")?.toLowerCase(), "websocket") ||
      !lists(headers.get("connection")?.toLowerCase(), "upgrade") ||
      headers.get("sec-websocket-version") !== "13"
    ) {
      return refuse(scope, 426, {
        upgrade: "websocket",
        connection: "Upgrade",
        "sec-websocket-version": "13",
      });
    }
    // The key is 16 bytes in base64 (RFC 6455, section 4.1).
    if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key") ?? "")) {
      return refuse(scope, 400);
    }
    return upgrade(scope);
  };
}
