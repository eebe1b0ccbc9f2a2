import { createHmac, timingSafeEqual } from "node:crypto";
import { randomId } from "./random_id.ts";

/**
 * The proof that an id is its bearer's: its HMAC-SHA-256 in base64url. No node needs to remember whom
 * it gave an id.
 */
export function signId(id: string, secret: string): string {
  return createHmac("sha256", secret).update(id).digest("base64url");
}

/** The id, if the token proves it by one of the secrets; otherwise a new one. */
export function provenId(
  id: string | null,
  token: string | null,
  secrets: readonly string[],
): string {
  if (id === null || token === null || id.length > 64) return randomId();
  const given = new TextEncoder().encode(token);
  const proven = secrets.some((secret) => {
    const right = new TextEncoder().encode(signId(id, secret));
    return right.length === given.length && timingSafeEqual(right, given);
  });
  return proven ? id : randomId();
}
