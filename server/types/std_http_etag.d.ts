/** What Parley uses of @std/http/etag; the npm package carries no types. */
export function eTag(entity: string | Uint8Array): Promise<string | undefined>;
export function ifNoneMatch(value: string | null, etag: string | undefined): boolean;
