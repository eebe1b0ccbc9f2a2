/** What Parley uses of @std/msgpack; the npm package carries no types. */
export function encode(value: unknown): Uint8Array;
/** Throws on bytes that are not exactly one value. */
export function decode(data: Uint8Array): unknown;
