import type { LoggedMessage } from "./channel_layer.ts";

/**
 * A message as one line of JSON: so logs in memory keep it, and `parley.v1` clients hear it. In one
 * piece, as `JSON.stringify` makes it: Deno takes much longer to send a string that was put together.
 */
export function encodeMessage({ seq, message, name, from, at, ref }: LoggedMessage): string {
  return JSON.stringify({ seq, message, name, from, at, ref });
}
