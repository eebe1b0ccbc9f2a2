import { Eta } from "eta";
// @ts-types="./types/std_http_etag.d.ts"
import { ifNoneMatch } from "@std/http/etag";
// @ts-types="./types/std_http_negotiation.d.ts"
import { accepts } from "@std/http/negotiation";
import type { Assets } from "./assets.ts";
import { compressed, encodingFor } from "./encoding.ts";
import { qrCode, roomLink } from "./invitation.ts";
import type { Metrics } from "./metrics.ts";
import {
  isLanguage,
  languageCookie,
  LANGUAGES,
  PREFERENCES_VARY,
  preferencesOf,
  type Texts,
} from "./preferences.ts";
import {
  ROOM_NAME_LENGTH,
  roomName,
  RoomNameError,
  roomNameFromPath,
  type RoomNameProblem,
} from "./room_name.ts";
import type { Handler, Scope } from "./routing.ts";
import { suggestRoom } from "../static/room_suggestion.js";

/** What the pages are made of. */
export interface ViewDependencies {
  /** The folder of the templates. */
  readonly templates: string;
  /** What is under `/static/`. */
  readonly assets: Assets;
  /** Loads what is under `/metrics`. */
  readonly metrics: () => Promise<Metrics>;
  /** Whether the server can do its work: the layer can be reached, and it is not going away. */
  readonly ready: () => boolean;
}

/** Everything that answers with a page or a file. */
export interface Views {
  /** Asks for a room; with `?room=` goes there, so that the form works without scripts. */
  readonly index: Handler;
  /** The room's page. */
  readonly room: Handler;
  /** A QR code of the room's address, at the origin that `?origin=` names. */
  readonly qrCode: Handler;
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
  readonly error: (scope: Scope, status: ErrorStatus, options?: ErrorOptions) => Response;
}

/** The errors that there are. */
export type ErrorStatus = 400 | 404 | 405 | 426 | 500;

/** More about an error. */
export interface ErrorOptions {
  /** What is wrong with the room's name, where that is the reason. */
  readonly problem?: RoomNameProblem;
  /** To be sent with it. */
  readonly headers?: Record<string, string>;
}

const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain; charset=utf-8";

/** A year, in seconds: as long as HTTP caches keep anything. */
const IMMUTABLE_MAX_AGE = 31_536_000;

/** How long a picture may be kept that will always be the same, in seconds: a day. */
const PICTURE_MAX_AGE = 86_400;

/** The views on these templates and files. */
export function createViews({ templates, assets, metrics, ready }: ViewDependencies): Views {
  const eta = new Eta({ views: templates, defaultExtension: ".html", cache: true });
  const asset = (path: string) => assets.url(path);
  const modules = (entry: string, language: string) =>
    [...assets.modules(entry), `languages/${language}.js`].map(asset);
  const page = (
    { request, url }: Scope,
    template: string,
    data: Record<string, unknown>,
    { status = 200, headers = {} } = {},
  ) => {
    const preferences = preferencesOf(request);
    const { language } = preferences;
    const texts = LANGUAGES[language];
    const shown = {
      asset,
      modules,
      texts,
      languages: LANGUAGES,
      path: url.pathname,
      ...preferences,
    };
    return compressed(request, eta.render(template, { ...shown, ...data }), {
      status,
      headers: {
        "content-type": HTML,
        "content-language": language,
        "cache-control": "no-cache",
        vary: PREFERENCES_VARY,
        ...headers,
      },
    });
  };

  const error: Views["error"] = (scope, status, { problem, headers = {} } = {}) => {
    const { request } = scope;
    const vary = `accept, ${PREFERENCES_VARY}`;
    if (accepts(request, TEXT.split(";")[0]!, HTML.split(";")[0]!) === "text/html") {
      const { language } = preferencesOf(request);
      const data = describeError(LANGUAGES[language], status, problem);
      return page(scope, "error", { status, ...data }, { status, headers: { ...headers, vary } });
    }
    const { title, detail } = describeError(LANGUAGES.en, status, problem);
    return new Response(`${status} ${title}: ${detail}\n`, {
      status,
      headers: { ...headers, "content-type": TEXT, vary },
    });
  };

  /** Answers a bad name of a room by saying why. */
  const withRoom = (scope: Scope, name: () => string, answer: (room: string) => Response) => {
    try {
      return answer(name());
    } catch (reason) {
      if (reason instanceof RoomNameError) return error(scope, 400, { problem: reason.problem });
      throw reason;
    }
  };

  /** With `?lang=` the language is switched, and the page asked for again. */
  const inLanguage = (view: (scope: Scope) => Response): Handler => (scope) => {
    const { pathname, searchParams } = scope.url;
    const language = searchParams.get("lang");
    if (!isLanguage(language)) return view(scope);
    return new Response(null, {
      status: 303,
      headers: { location: pathname, "set-cookie": languageCookie(language) },
    });
  };

  return {
    error,

    index: inLanguage((scope) => {
      const wanted = scope.url.searchParams.get("room");
      if (wanted === null) return page(scope, "index", { suggestion: suggestRoom() });
      // what was typed: a space at its end, which nobody sees, makes no other room
      return withRoom(
        scope,
        () => roomName(wanted.normalize("NFC").trim()),
        (room) =>
          new Response(null, {
            status: 303,
            headers: { location: `/chat/${encodeURIComponent(room)}/` },
          }),
      );
    }),

    room: inLanguage((scope) =>
      withRoom(
        scope,
        () => roomNameFromPath(scope.params.room ?? ""),
        (room) => page(scope, "room", { room }),
      )
    ),

    qrCode: (scope) =>
      withRoom(scope, () => roomNameFromPath(scope.params.room ?? ""), (room) => {
        const link = roomLink(scope.url.searchParams.get("origin") ?? "", room);
        if (link === undefined) return error(scope, 400);
        return compressed(scope.request, qrCode(link), {
          headers: {
            "content-type": "image/svg+xml",
            "cache-control": `public, max-age=${PICTURE_MAX_AGE}`,
          },
        });
      }),

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
      const encoding = encodingFor(scope.request);
      if (encoding !== "identity") headers.set("content-encoding", encoding);
      return new Response(found.body(encoding), { headers });
    },

    healthz: () => new Response("ok\n"),

    readyz: () => ready() ? new Response("ok\n") : new Response("not ready\n", { status: 503 }),

    async metrics() {
      const shown = await metrics();
      return new Response(await shown.text(), { headers: { "content-type": shown.contentType } });
    },
  };
}

function describeError(
  texts: Texts,
  status: ErrorStatus,
  problem: RoomNameProblem | undefined,
): { title: string; detail: string } {
  const title = texts[`error_${status}`];
  if (problem === undefined) return { title, detail: texts[`detail_${status}`] };
  const text = texts[`room_${problem}`];
  return { title, detail: typeof text === "function" ? text(ROOM_NAME_LENGTH) : text };
}
