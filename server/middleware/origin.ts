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
    if (header === ownOrigin(scope.secure, scope.url) || allowed.includes(header)) {
      return next(scope);
    }
    // A proxy speaks TLS for us, and we do not know it.
    const hint = header === ownOrigin(true, scope.url)
      ? "behind a proxy that speaks TLS, see --trust-proxy"
      : "see --allow-origin";
    if (told.size < MOST_TOLD && !told.has(header)) {
      told.add(header);
      logger.warn("Pages of {origin} may not connect here ({hint})", { origin: header, hint });
    }
    return new Response(`Pages of ${header} may not connect here (${hint})\n`, { status: 403 });
  };
}

/** As browsers write it: lower case, and no port where it is the scheme's own. */
function ownOrigin(secure: boolean, { host }: URL): string {
  return new URL(`${secure ? "https" : "http"}://${host}`).origin;
}
