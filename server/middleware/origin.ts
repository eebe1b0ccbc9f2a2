import { getLogger } from "@logtape/logtape";
import type { Middleware } from "../routing.ts";

const logger = getLogger(["parley"]);

/** So many refused origins are logged, each once: it may be a setting that is missing. */
const MOST_TOLD = 100;

/**
 * Lets a browser's page open a WebSocket only from the server's own origin (scheme, host and port),
 * or from one in `allowed`; `*` there allows all. A client without an `Origin` header is no
 * browser, and no page of somebody else's can be behind it.
 */
export function origin(allowed: readonly string[]): Middleware {
  const told = new Set<string>();
  return (next) => (scope) => {
    const header = scope.request.headers.get("origin");
    if (header === null || allowed.includes("*")) return next(scope);
    const own = `${scope.secure ? "https" : "http"}://${scope.url.host}`;
    // Compared as browsers write it: lower case, and no port where it is the scheme's own.
    if (header === new URL(own).origin || allowed.includes(header)) return next(scope);
    if (told.size < MOST_TOLD && !told.has(header)) {
      told.add(header);
      logger.warn("Pages of {origin} may not connect here (see --allow-origin)", {
        origin: header,
      });
    }
    return new Response(`Pages of ${header} may not connect here (see --allow-origin)\n`, {
      status: 403,
    });
  };
}
