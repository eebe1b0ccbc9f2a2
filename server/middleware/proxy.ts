import type { Handler, Middleware } from "../routing.ts";

/** What proxies say of a client that speaks TLS; some call a WebSocket's handshake by its own name. */
const SECURE = ["https", "wss"];

/** The port that some proxies add to an address: `192.0.2.1:5000` or `[2001:db8::1]:5000`. */
const WITH_PORT = /^(?:([\d.]+)|\[(.+)\])(?::\d+)?$/;

/** The address alone. */
function withoutPort(address: string): string {
  const [, v4, v6] = WITH_PORT.exec(address) ?? [];
  return v4 ?? v6 ?? address;
}

/**
 * Takes the client's address and scheme from what the nearest proxy says: the last entry of
 * `X-Forwarded-For`, which that proxy itself has added, and `X-Forwarded-Proto`. Only behind a proxy
 * that sets them: otherwise any client could claim any address.
 */
export const proxy: Middleware = (next): Handler => (scope) => {
  const { headers } = scope.request;
  const address = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  if (address) scope.client = withoutPort(address);
  const protocol = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim();
  if (protocol) scope.secure = SECURE.includes(protocol.toLowerCase());
  return next(scope);
};
