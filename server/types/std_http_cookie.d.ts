/** What Parley uses of @std/http/cookie; the npm package carries no types. */
export function getCookies(headers: Headers): Record<string, string>;
