import type { Middleware } from "../routing.ts";

/**
 * Lets a browser's page open a WebSocket only from the server's own origin (scheme, host and port),
 * or from one in `allowed`; `*` there allows all. A client without an `Origin` header is no
 * browser, and no page of somebody else's can be behind it.
 */
export function origin(allowed: readonly string[]): Middleware {
  return (next) => (scope) => {
    const header = scope.request.headers.get("origin");
    if (header === null || allowed.includes("*")) return next(scope);
    const own = `${scope.secure ? "https" : "http"}://${scope.url.host}`;
    // Compared as browsers write it: lower case, and no port where it is the scheme's own.
    if (header === new URL(own).origin || allowed.includes(header)) return next(scope);
    return new Response(`Pages of ${header} may not connect here (see --allow-origin)\n`, {
      status: 403,
    });
  };
}
