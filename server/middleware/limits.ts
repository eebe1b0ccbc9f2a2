import type { Middleware } from "../routing.ts";

/** How many connections there may be at once; 0 turns a limit off. */
export interface ConnectionLimits {
  /** In all. */
  readonly maxConnections: number;
  /** From one address; of IPv6, from one network of 64 bits. */
  readonly maxConnectionsPerIp: number;
}

/** Seconds for `Retry-After`. */
const RETRY_AFTER = 10;

/** Refuses connections beyond the limits with 503. */
export function limits({ maxConnections, maxConnectionsPerIp }: ConnectionLimits): Middleware {
  let total = 0;
  const perAddress = new Map<string, number>();

  return (next) => async (scope) => {
    const client = network(scope.client);
    const own = perAddress.get(client) ?? 0;
    if (maxConnections > 0 && total >= maxConnections) return full("This server is full");
    if (maxConnectionsPerIp > 0 && own >= maxConnectionsPerIp) {
      return full("There are too many connections from your address");
    }
    total++;
    perAddress.set(client, own + 1);
    let counted = true;
    const release = () => {
      if (!counted) return;
      counted = false;
      total--;
      const rest = perAddress.get(client)! - 1;
      if (rest > 0) perAddress.set(client, rest);
      else perAddress.delete(client);
    };
    scope.endings.add(release);
    try {
      const response = await next(scope);
      if (response.status !== 101) release();
      return response;
    } catch (error) {
      release();
      throw error;
    }
  };
}

/**
 * Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, which is what one customer of a
 * provider has at least.
 */
function network(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter(Boolean);
  if (tail !== undefined) {
    const last = tail.split(":").filter(Boolean);
    while (groups.length + last.length < 8) groups.push("0");
    groups.push(...last);
  }
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":");
}

function full(why: string): Response {
  return new Response(`${why}; try again later\n`, {
    status: 503,
    headers: { "retry-after": String(RETRY_AFTER) },
  });
}
