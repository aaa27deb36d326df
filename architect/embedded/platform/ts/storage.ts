// Objects of the Storage API as plain files under one folder. Lite keeps its own file adapter private, and
// that one trusts bucket and key not to leave the folder.
import { createHash } from "node:crypto";
import { dirname, join, resolve, sep } from "node:path";

interface Metadata {
  cacheControl: string;
  contentLength: number;
  size: number;
  mimetype: string;
  lastModified?: Date;
  eTag: string;
  contentRange?: string;
}

const TYPES: Record<string, string> = {
  css: "text/css",
  csv: "text/csv",
  gif: "image/gif",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  mp4: "video/mp4",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  webp: "image/webp",
  xml: "application/xml",
  zip: "application/zip",
};

function mimetype(key: string): string {
  return TYPES[key.split(".").pop()?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

async function collect(body: ReadableStream | Uint8Array): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  return new Uint8Array(await new Response(body).arrayBuffer());
}

export class FileStorage {
  driver = Deno;
  #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  #path(bucket: string, key: string): string {
    const path = join(this.#root, bucket, key);
    if (!path.startsWith(join(this.#root, bucket) + sep)) throw new Error("object key leaves its bucket");
    return path;
  }

  #describe(info: Deno.FileInfo, path: string, key: string): Metadata {
    const eTag = `"${createHash("md5").update(`${path}:${info.mtime?.getTime()}:${info.size}`).digest("hex")}"`;
    return {
      cacheControl: "no-cache",
      contentLength: info.size,
      size: info.size,
      mimetype: mimetype(key),
      lastModified: info.mtime ?? undefined,
      eTag,
    };
  }

  async getObject(
    bucket: string,
    key: string,
    _version: string | undefined,
    headers?: { ifNoneMatch?: string; ifModifiedSince?: string; range?: string },
  ) {
    const path = this.#path(bucket, key);
    const info = await Deno.stat(path);
    const metadata = this.#describe(info, path, key);
    const since = headers?.ifModifiedSince ? new Date(headers.ifModifiedSince) : undefined;
    if (headers?.ifNoneMatch === metadata.eTag || (since && info.mtime && info.mtime <= since)) {
      return { httpStatusCode: 304, metadata };
    }
    const range = headers?.range?.match(/^bytes=(\d+)-(\d*)$/);
    if (!range) return { httpStatusCode: 200, metadata, body: (await Deno.open(path)).readable };
    const first = Number(range[1]);
    const last = Math.min(range[2] ? Number(range[2]) : info.size - 1, info.size - 1);
    const bytes = (await Deno.readFile(path)).subarray(first, last + 1);
    const contentRange = `bytes ${first}-${last}/${info.size}`;
    return { httpStatusCode: 206, metadata: { ...metadata, contentLength: bytes.length, contentRange }, body: new Blob([bytes]) };
  }

  async uploadObject(
    bucket: string,
    key: string,
    _version: string | undefined,
    body: ReadableStream | Uint8Array,
    contentType: string,
    cacheControl: string,
  ): Promise<Metadata> {
    const path = this.#path(bucket, key);
    await Deno.mkdir(dirname(path), { recursive: true });
    const bytes = await collect(body);
    await Deno.writeFile(path, bytes);
    const info = await Deno.stat(path);
    const eTag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    return {
      cacheControl,
      contentLength: info.size,
      size: info.size,
      mimetype: contentType,
      lastModified: info.mtime ?? undefined,
      eTag,
    };
  }

  async deleteObject(bucket: string, key: string, _version?: string): Promise<void> {
    try {
      await Deno.remove(this.#path(bucket, key));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async deleteObjects(bucket: string, keys: string[]): Promise<void> {
    for (const key of keys) await this.deleteObject(bucket, key);
  }

  async copyObject(fromBucket: string, from: string, _v: string | undefined, toBucket: string, to: string) {
    const target = this.#path(toBucket, to);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(this.#path(fromBucket, from), target);
    const { eTag, lastModified } = this.#describe(await Deno.stat(target), target, to);
    return { httpStatusCode: 200, eTag, lastModified };
  }

  async headObject(bucket: string, key: string, _version?: string): Promise<Metadata> {
    const path = this.#path(bucket, key);
    return this.#describe(await Deno.stat(path), path, key);
  }

  privateAssetUrl(bucket: string, key: string, _version?: string): Promise<string> {
    return Promise.resolve(`file://${this.#path(bucket, key)}`);
  }
}
