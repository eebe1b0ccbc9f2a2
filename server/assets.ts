import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
// @ts-types="./types/std_http_etag.d.ts"
import { eTag } from "@std/http/etag";
// @ts-types="./types/std_media_types.d.ts"
import { contentType } from "@std/media-types";

/** A static file, ready to be sent. */
export interface Asset {
  /** For `content-type`. */
  readonly type: string;
  /** For `etag`. */
  readonly etag: string;
  /** The file by `content-encoding`: compressed, or `identity` as it is. */
  readonly bodies: Readonly<Record<"br" | "gzip" | "identity", Uint8Array<ArrayBuffer>>>;
}

/**
 * The files of a folder, read and compressed once. Their addresses carry a digest of all of them, so
 * that browsers may keep them for good, while modules import one another by relative paths.
 */
export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;
  /** Names this content of the folder: the first 12 hex digits of its SHA-256. */
  readonly version: string;

  private constructor(files: ReadonlyMap<string, Asset>, version: string) {
    this.#files = files;
    this.version = version;
  }

  /** Reads the folder; it has no folders of its own. */
  static async load(folder: string): Promise<Assets> {
    const files = new Map<string, Asset>();
    const digest = createHash("sha256");
    const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isFile);
    for (const { name } of names.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const identity = Deno.readFileSync(join(folder, name));
      digest.update(name).update("\0").update(identity);
      files.set(name, {
        type: contentType(extname(name)) ?? "application/octet-stream",
        etag: (await eTag(identity))!,
        bodies: {
          br: new Uint8Array(brotliCompressSync(identity)),
          gzip: new Uint8Array(gzipSync(identity, { level: 9 })),
          identity,
        },
      });
    }
    return new Assets(files, digest.digest("hex").slice(0, 12));
  }

  /** The file with that name, if there is one. */
  get(name: string): Asset | undefined {
    return this.#files.get(name);
  }

  /** The address of a file, good for ever. */
  url(name: string): string {
    return `/static/${this.version}/${name}`;
  }
}
