/** What Parley uses of @std/async/deadline; the npm package carries no types. */
export function deadline<T>(promise: Promise<T>, milliseconds: number): Promise<T>;
