import { brotliCompressSync, constants, gzipSync } from "node:zlib";
// @ts-types="./types/std_http_negotiation.d.ts"
import { acceptsEncodings } from "@std/http/negotiation";

/** A `content-encoding` that we write; `identity`: as it is. */
export type Encoding = "br" | "gzip" | "identity";

/** Brotli's level for what is made anew each time: a page takes well under a millisecond. */
const QUICK = 7;

/** The smallest encoding that the client takes; browsers name gzip first and mean no order by it. */
export function encodingFor(request: Request): Encoding {
  // No header allows any encoding, but who sends none seldom knows any.
  if (!request.headers.has("accept-encoding")) return "identity";
  return (["br", "gzip"] as const).find((encoding) => acceptsEncodings(request, encoding)) ??
    "identity";
}

/** The text, compressed for the client; the headers say so. */
export function compressed(request: Request, text: string, init: ResponseInit): Response {
  const response = (body: BodyInit) => {
    const made = new Response(body, init);
    made.headers.append("vary", "accept-encoding");
    return made;
  };
  const encoding = encodingFor(request);
  if (encoding === "identity") return response(text);
  const bytes = encoding === "gzip"
    ? gzipSync(text)
    : brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: QUICK } });
  const made = response(new Uint8Array(bytes));
  made.headers.set("content-encoding", encoding);
  return made;
}
