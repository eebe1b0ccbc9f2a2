import { STATUS_CODES } from "node:http";
import { Eta } from "eta";
// @ts-types="./types/std_http_etag.d.ts"
import { ifNoneMatch } from "@std/http/etag";
// @ts-types="./types/std_http_negotiation.d.ts"
import { accepts, acceptsEncodings } from "@std/http/negotiation";
import type { Assets } from "./assets.ts";
import type { Metrics } from "./metrics.ts";
import { roomName, RoomNameError, roomNameFromPath } from "./room_name.ts";
import type { Handler, Scope } from "./routing.ts";

/** What the pages are made of. */
export interface ViewDependencies {
  /** The folder of the templates. */
  readonly templates: string;
  /** What is under `/static/`. */
  readonly assets: Assets;
  /** What is under `/metrics`. */
  readonly metrics: Metrics;
  /** Whether the server can do its work: the layer can be reached, and it is not going away. */
  readonly ready: () => boolean;
}

/** Everything that answers with a page or a file. */
export interface Views {
  /** Asks for a room; with `?room=` goes there, so that the form works without scripts. */
  readonly index: Handler;
  /** The room's page. */
  readonly room: Handler;
  /** Sends to the same address with a `/` at its end. */
  readonly addSlash: Handler;
  /** A static file. */
  readonly asset: Handler;
  /** Alive: 200. */
  readonly healthz: Handler;
  /** 200 when work can be done, else 503. */
  readonly readyz: Handler;
  /** Prometheus' text format. */
  readonly metrics: Handler;
  /** An error: a page for browsers, a line of text for others. */
  readonly error: (
    scope: Scope,
    status: number,
    detail?: string,
    headers?: Record<string, string>,
  ) => Response;
}

const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain; charset=utf-8";

/** A year, in seconds: as long as HTTP caches keep anything. */
const IMMUTABLE_MAX_AGE = 31_536_000;

const DETAILS: Readonly<Record<number, string>> = {
  400: "The request is not valid.",
  404: "There is no page at this address.",
  405: "This address is only for reading.",
  426: "This address is for WebSockets.",
  500: "Something went wrong here. It has been logged.",
};

/** The views on these templates and files. */
export function createViews({ templates, assets, metrics, ready }: ViewDependencies): Views {
  const eta = new Eta({ views: templates, defaultExtension: ".html", cache: true });
  const asset = (name: string) => assets.url(name);
  const page = (template: string, data: Record<string, unknown>) =>
    eta.render(template, { asset, ...data });

  const error: Views["error"] = (
    { request },
    status,
    detail = DETAILS[status] ?? "",
    headers = {},
  ) => {
    const title = STATUS_CODES[status] ?? "Error";
    const html = accepts(request, TEXT.split(";")[0]!, HTML.split(";")[0]!) === "text/html";
    return new Response(
      html ? page("error", { status, title, detail }) : `${status} ${title}: ${detail}\n`,
      { status, headers: { ...headers, "content-type": html ? HTML : TEXT, vary: "accept" } },
    );
  };

  /** Answers a bad name of a room by saying why. */
  const withRoom = (scope: Scope, name: () => string, answer: (room: string) => Response) => {
    try {
      return answer(name());
    } catch (reason) {
      if (reason instanceof RoomNameError) return error(scope, 400, `${reason.message}.`);
      throw reason;
    }
  };

  const html = (text: string) =>
    new Response(text, { headers: { "content-type": HTML, "cache-control": "no-cache" } });

  return {
    error,

    index(scope) {
      const wanted = scope.url.searchParams.get("room");
      if (wanted === null) return html(page("index", {}));
      return withRoom(scope, () => roomName(wanted), (room) =>
        new Response(null, {
          status: 303,
          headers: { location: `/chat/${encodeURIComponent(room)}/` },
        }));
    },

    room: (scope) =>
      withRoom(
        scope,
        () => roomNameFromPath(scope.params.room ?? ""),
        (room) => html(page("room", { room })),
      ),

    addSlash: ({ url }) =>
      new Response(null, {
        status: 308,
        headers: { location: `${url.pathname}/${url.search}` },
      }),

    asset(scope) {
      const { file = "", version } = scope.params;
      const found = assets.get(file);
      if (found === undefined) return error(scope, 404);
      const headers = new Headers({
        "content-type": found.type,
        // A page from before an update may ask for a version that is gone: it gets today's, unkept.
        "cache-control": version === assets.version
          ? `public, max-age=${IMMUTABLE_MAX_AGE}, immutable`
          : "no-cache",
        "access-control-allow-origin": "*",
        etag: found.etag,
        vary: "accept-encoding",
      });
      if (!ifNoneMatch(scope.request.headers.get("if-none-match"), found.etag)) {
        return new Response(null, { status: 304, headers });
      }
      // No header allows any encoding, but who sends none seldom knows any.
      const encoding = scope.request.headers.has("accept-encoding")
        ? acceptsEncodings(scope.request, "br", "gzip", "identity")
        : "identity";
      const chosen = encoding === "br" || encoding === "gzip" ? encoding : "identity";
      if (chosen !== "identity") headers.set("content-encoding", chosen);
      return new Response(found.bodies[chosen], { headers });
    },

    healthz: () => new Response("ok\n"),

    readyz: () => ready() ? new Response("ok\n") : new Response("not ready\n", { status: 503 }),

    metrics: async () =>
      new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } }),
  };
}
