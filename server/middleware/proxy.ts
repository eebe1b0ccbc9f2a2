import type { Handler, Middleware } from "../routing.ts";

/**
 * Takes the client's address and scheme from what the nearest proxy says: the last entry of
 * `X-Forwarded-For`, which that proxy itself has added, and `X-Forwarded-Proto`. Only behind a proxy
 * that sets them: otherwise any client could claim any address.
 */
export const proxy: Middleware = (next): Handler => (scope) => {
  const { headers } = scope.request;
  const address = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  if (address) scope.client = address;
  const protocol = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim();
  if (protocol) scope.secure = protocol === "https";
  return next(scope);
};
