import type { ErrorCode } from "./protocol.ts";

/** What the server counts: plain numbers, cheap on the hot path, collected when asked for. */
export interface Counters {
  /** Messages that clients sent and that were fit to be said. */
  messagesReceived: number;
  /** Messages and frames that were refused. */
  readonly refused: Record<ErrorCode, number>;
  /** Valid handshakes that were refused, by the status of the answer. */
  readonly refusedConnections: Map<number, number>;
  /** Payloads on the layer's channels that were nothing we know. */
  dropped: number;
}

/** All at zero. */
export function newCounters(): Counters {
  return {
    messagesReceived: 0,
    refused: {
      bad_message: 0,
      bad_name: 0,
      bad_ref: 0,
      name_characters: 0,
      name_empty: 0,
      name_taken: 0,
      name_too_long: 0,
      rate: 0,
      too_big: 0,
      unavailable: 0,
      unknown_type: 0,
    },
    refusedConnections: new Map(),
    dropped: 0,
  };
}
