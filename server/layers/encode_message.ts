import type { LoggedMessage } from "./channel_layer.ts";

/** A message as one line of JSON: so logs in memory keep it, and `parley.v1` clients hear it. */
export function encodeMessage({ seq, message, name, from, at, ref }: LoggedMessage): string {
  let line = `{"seq":${seq},"message":${JSON.stringify(message)}`;
  if (name !== undefined) line += `,"name":${JSON.stringify(name)}`;
  if (from !== undefined) line += `,"from":${JSON.stringify(from)}`;
  line += `,"at":${at}`;
  if (ref !== undefined) line += `,"ref":${JSON.stringify(ref)}`;
  return line + "}";
}
