import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
// @ts-types="./types/std_http_etag.d.ts"
import { eTag } from "@std/http/etag";
// @ts-types="./types/std_media_types.d.ts"
import { contentType } from "@std/media-types";
import type { Encoding } from "./encoding.ts";
import { modulesFor } from "./module_graph.ts";

/**
 * A static file. It is compressed when somebody asks for it, once. For one of ours that takes some
 * 7 ms, in which the server does nothing else; with all of them the start took twice as long.
 */
export class Asset {
  readonly #bodies: Partial<Record<Encoding, Uint8Array<ArrayBuffer>>> = {};

  /** Nothing is compressed yet. */
  constructor(
    /** For `content-type`. */
    readonly type: string,
    /** For `etag`. */
    readonly etag: string,
    /** The file as it is. */
    readonly identity: Uint8Array<ArrayBuffer>,
  ) {}

  /** The file by `content-encoding`. */
  body(encoding: Encoding): Uint8Array<ArrayBuffer> {
    return this.#bodies[encoding] ??= encode(this.identity, encoding);
  }
}

/** The file in that encoding, as small as that makes it. */
function encode(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): Uint8Array<ArrayBuffer> {
  switch (encoding) {
    case "br":
      return new Uint8Array(brotliCompressSync(bytes));
    case "gzip":
      return new Uint8Array(gzipSync(bytes, { level: 9 }));
    case "identity":
      return bytes;
  }
}

/**
 * The files of a folder and those below it, read once. Their addresses carry a digest of all of them,
 * so that browsers may keep them for good, while modules import one another by relative paths.
 */
export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;
  readonly #modules = new Map<string, readonly string[]>();
  /** Names this content of the folder: the first 12 hex digits of its SHA-256. */
  readonly version: string;

  private constructor(files: ReadonlyMap<string, Asset>, version: string) {
    this.#files = files;
    this.version = version;
  }

  /** Reads the folder. */
  static async load(folder: string): Promise<Assets> {
    const files = new Map<string, Asset>();
    const digest = createHash("sha256");
    for (const name of namesIn(folder).sort()) {
      const identity = Deno.readFileSync(join(folder, name));
      digest.update(name).update("\0").update(identity);
      const type = contentType(extname(name)) ?? "application/octet-stream";
      files.set(name, new Asset(type, (await eTag(identity))!, identity));
    }
    return new Assets(files, digest.digest("hex").slice(0, 12));
  }

  /** The file with that path, if there is one. */
  get(path: string): Asset | undefined {
    return this.#files.get(path);
  }

  /** The address of a file, good for ever. */
  url(path: string): string {
    return `/static/${this.version}/${path}`;
  }

  /** The paths of a module and of all that it imports, so that a page can ask for them at once. */
  modules(entry: string): readonly string[] {
    let modules = this.#modules.get(entry);
    if (modules === undefined) {
      const text = (path: string) => {
        const file = this.#files.get(path);
        return file && new TextDecoder().decode(file.identity);
      };
      this.#modules.set(entry, modules = modulesFor(entry, text));
    }
    return modules;
  }
}

/** The paths of all files in the folder, with `/` between. */
function namesIn(folder: string, path = ""): string[] {
  return [...Deno.readDirSync(join(folder, path))].flatMap(({ name, isFile, isDirectory }) => {
    if (isDirectory) return namesIn(folder, `${path}${name}/`);
    return isFile ? [path + name] : [];
  });
}
