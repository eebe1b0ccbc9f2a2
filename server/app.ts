import { getLogger } from "@logtape/logtape";
import type { Assets } from "./assets.ts";
import { ChatConsumer } from "./chat_consumer.ts";
import { Connections } from "./connections.ts";
import { serveConsumer } from "./consumer.ts";
import type { Counters } from "./counters.ts";
import { FanOut } from "./fan_out.ts";
import type { ChannelLayer } from "./layers/channel_layer.ts";
import type { Gauges, Metrics } from "./metrics.ts";
import { limits } from "./middleware/limits.ts";
import { origin } from "./middleware/origin.ts";
import { proxy } from "./middleware/proxy.ts";
import { securityHeaders } from "./middleware/security_headers.ts";
import { Rooms } from "./rooms.ts";
import { type Handler, type Middleware, type Route, router, Scope } from "./routing.ts";
import type { Settings } from "./settings.ts";
import { createViews, type Views } from "./views.ts";

const logger = getLogger(["parley"]);

/** What an {@linkcode App} is made of. */
export interface AppDependencies {
  /** Everything that can be set. */
  readonly settings: Settings;
  /** Where rooms live; the app does not dispose of it. */
  readonly layer: ChannelLayer;
  /** What is counted. */
  readonly counters: Counters;
  /** What is under `/static/`. */
  readonly assets: Assets;
  /** The folder of the templates. */
  readonly templates: string;
}

/** The whole server but for its port. */
export interface App {
  /** Answers a request from the client at that address. */
  readonly handle: (request: Request, address: string) => Promise<Response>;
  /** Sends what is still to be sent and closes all WebSockets; resolves when they are gone. */
  readonly close: () => Promise<void>;
}

/** The URL table: the first row that matches answers. */
function routes(views: Views, chat: () => ChatConsumer): Route[] {
  return [
    { pattern: "/ws/chat/:room([^/]*){/}?", consumer: chat },
    { pattern: "/", view: views.index },
    { pattern: "/chat/", view: views.index },
    { pattern: "/chat", view: views.addSlash },
    { pattern: "/chat/:room([^/]*)/", view: views.room },
    { pattern: "/chat/:room([^/]+)", view: views.addSlash },
    { pattern: "/chat/:room([^/]+)/qr.svg", view: views.qrCode },
    { pattern: "/static/:version([0-9a-f]{12})/:file(.+)", view: views.asset },
    { pattern: "/static/:file(.+)", view: views.asset },
    { pattern: "/healthz", view: views.healthz },
    { pattern: "/readyz", view: views.readyz },
    { pattern: "/metrics", view: views.metrics },
  ];
}

/** Puts the server together. */
export function createApp({ settings, layer, counters, assets, templates }: AppDependencies): App {
  const connections = new Connections();
  const fanOut = new FanOut();
  const rooms = new Rooms(layer, fanOut, settings.history);
  const ready = () => layer.ready && !connections.closing;
  const gauges = {
    connections: () => connections.size,
    rooms: () => rooms.size,
    ready: () => layer.ready,
  };
  const views = createViews({ templates, assets, metrics: metricsOf(counters, gauges), ready });
  const chat = () => new ChatConsumer({ layer, rooms, counters, limits: settings.messages });

  const socketStack = stack(
    refusals(counters.refusedConnections),
    goingAway(connections),
    origin(settings.allowOrigin),
    limits(settings.connections),
  );
  const site = stack(
    ...settings.trustProxy ? [proxy] : [],
    securityHeaders,
    errors(views),
    noSteps(views),
  )(router(routes(views, chat), {
    upgrade: (consumer) => socketStack((scope) => serveConsumer(consumer(), scope, connections)),
    refuse: (scope, status, headers = {}) => views.error(scope, status, { headers }),
  }));

  return {
    async handle(request, address) {
      if (!isValidAddress(request)) {
        return new Response("The request's address is not valid\n", { status: 400 });
      }
      return await site(new Scope(request, address));
    },

    async close() {
      fanOut.flush();
      await connections.closeAll();
      fanOut.flush();
      rooms.close();
    },
  };
}

/** Loads them with the first question: their library takes 5 MB, and most servers are never asked. */
function metricsOf(counters: Counters, gauges: Gauges): () => Promise<Metrics> {
  let metrics: Promise<Metrics> | undefined;
  return () =>
    metrics ??= import("./metrics.ts").then(({ createMetrics }) => createMetrics(counters, gauges));
}

/** The first is the outermost. */
function stack(...middleware: Middleware[]): Middleware {
  return (handler) => middleware.reduceRight((next, around) => around(next), handler);
}

/** Whether the request's target and `Host` make an address: Deno only puts one behind the other. */
function isValidAddress({ headers, url }: Request): boolean {
  const host = headers.get("host");
  if (host !== null && !/^[\w.\-:[\]%]+$/.test(host)) return false;
  return URL.canParse(url);
}

/**
 * Refuses what URLs resolve as directory steps: who sends that has not resolved it, to see where it
 * leads, and no room has that name.
 */
function noSteps(views: Views): Middleware {
  return (next: Handler) => (scope) => {
    const [path = ""] = scope.request.url.split("?");
    if (!/\/(\.|%2e){1,2}(\/|$)/i.test(path)) return next(scope);
    return views.error(scope, 400, { problem: "dots" });
  };
}

/** Counts by their status the WebSockets that are refused. */
function refusals(counted: Map<number, number>): Middleware {
  return (next: Handler) => async (scope) => {
    const response = await next(scope);
    const { status } = response;
    if (status !== 101) {
      counted.set(status, (counted.get(status) ?? 0) + 1);
      logger.debug("Refused a WebSocket of {client} for {path}: {status}", {
        client: scope.client,
        path: scope.url.pathname,
        status,
      });
    }
    return response;
  };
}

/** A server that is going away lets nobody in. */
function goingAway(connections: Connections): Middleware {
  return (next: Handler) => (scope) => {
    if (!connections.closing) return next(scope);
    return new Response("The server is going away; try again\n", {
      status: 503,
      headers: { "retry-after": "1" },
    });
  };
}

/** What nobody caught is logged and answered, and the server goes on. */
function errors(views: Views): Middleware {
  return (next: Handler) => async (scope) => {
    try {
      return await next(scope);
    } catch (error) {
      logger.error("Cannot answer {method} {path}: {error}", {
        method: scope.request.method,
        path: scope.url.pathname,
        error,
      });
      return views.error(scope, 500);
    }
  };
}
