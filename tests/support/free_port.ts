/**
 * A TCP port of 127.0.0.1 on which nothing listens.
 *
 * It lies below the range from which systems number outgoing connections: no connection can take it while the
 * server that it is for is down, and none that retries it can end up connected to itself.
 */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("Cannot find a free port on 127.0.0.1 in 100 attempts");
}
