/** What Parley uses of @std/media-types; the npm package carries no types. */
export function contentType(extensionOrType: string): string | undefined;
