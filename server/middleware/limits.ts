import { getLogger } from "@logtape/logtape";
import type { Middleware } from "../routing.ts";

const logger = getLogger(["parley"]);

/** How many connections there may be at once; 0 turns a limit off. */
export interface ConnectionLimits {
  /** In all. */
  readonly maxConnections: number;
  /** From one address; of IPv6, from one network of 64 bits. */
  readonly maxConnectionsPerIp: number;
}

/** Seconds for `Retry-After`. */
const RETRY_AFTER = 10;

/** That a limit is reached is logged at most once in this time, in milliseconds. */
const TELLING_INTERVAL = 60_000;

/** Refuses connections beyond the limits with 503, and logs that they are reached. */
export function limits({ maxConnections, maxConnectionsPerIp }: ConnectionLimits): Middleware {
  let total = 0;
  const perAddress = new Map<string, number>();
  const tellFull = atIntervals("Connections are refused: there are {most} (see --max-connections)");
  const tellFullAddress = atIntervals(
    "Connections from {client} are refused: there are {most} (see --max-connections-per-ip, and " +
      "--trust-proxy behind a proxy)",
  );

  return (next) => async (scope) => {
    const client = network(scope.client);
    const own = perAddress.get(client) ?? 0;
    if (maxConnections > 0 && total >= maxConnections) {
      tellFull({ most: maxConnections });
      return full("This server is full");
    }
    if (maxConnectionsPerIp > 0 && own >= maxConnectionsPerIp) {
      tellFullAddress({ client: scope.client, most: maxConnectionsPerIp });
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

/** Logs a warning, unless it did so less than {@linkcode TELLING_INTERVAL} ago. */
function atIntervals(warning: string): (properties: Record<string, unknown>) => void {
  let toldAt = -Infinity;
  return (properties) => {
    const now = performance.now();
    if (now - toldAt < TELLING_INTERVAL) return;
    toldAt = now;
    logger.warn(warning, properties);
  };
}

function full(why: string): Response {
  return new Response(`${why}; try again later\n`, {
    status: 503,
    headers: { "retry-after": String(RETRY_AFTER) },
  });
}
