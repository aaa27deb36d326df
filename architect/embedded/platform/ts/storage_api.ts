// Where Lite's Storage API differs from what supabase-js and supabase-py speak. A file arrives as multipart
// under any name (supabase-js uses none), of which Lite reads only "file". A signed URL is answered as
// `signedURL` (`url` for an upload) below /storage/v1, which Lite answers as `signedUrl` below the root, and it
// never reaches its own route for several at once. A listing is of one folder, which Lite answers flat.

type Next = (request: Request) => Response | Promise<Response>;

interface StoredObject {
  name: string;
  id: string;
  updated_at: string;
  created_at: string;
  last_accessed_at: string;
  metadata: unknown;
}

type Entry = { [Key in keyof StoredObject]: Key extends "name" ? string : StoredObject[Key] | null };

interface Listing {
  prefix?: string;
  limit?: number;
  offset?: number;
  search?: string;
  sortBy?: { column?: keyof StoredObject; order?: string };
}

const OBJECT = /^\/storage\/v1\/object\/(?:(list|sign)\/([^/]+)|(sign|upload\/sign)\/.+|.+)$/;

/** Answers `request` through `next`, translated both ways where it is about objects. */
export async function storageApi(request: Request, next: Next): Promise<Response> {
  const found = OBJECT.exec(new URL(request.url).pathname);
  if (!found) return await next(request);
  const [, collection, , one] = found;
  if (request.method === "POST" && collection === "list") return await list(request, next);
  if (request.method === "POST" && collection === "sign") return await signAll(request, next);
  const plain = await withPlainFile(request);
  if (plain === null) return refusal("Missing file in multipart upload");
  const answer = await next(plain);
  if (request.method !== "POST" || one === undefined || !answer.ok) return answer;
  const { signedUrl, ...rest } = await answer.json();
  return Response.json({ ...rest, [one === "sign" ? "signedURL" : "url"]: below(signedUrl) }, { status: answer.status });
}

const below = (url: string) => url.replace(/^\/storage\/v1/, "");

/** The same request with another body, and perhaps another path. */
function ask(request: Request, body: unknown, path = ""): Request {
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  const url = new URL(request.url);
  url.pathname += path;
  return new Request(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function signAll(request: Request, next: Next): Promise<Response> {
  const { expiresIn, paths } = await request.clone().json().catch(() => ({}));
  if (!Array.isArray(paths)) return await next(request);
  const signed = [];
  for (const path of paths.map(String)) {
    if (/(^|\/)\.{1,2}(\/|$)/.test(path)) {
      signed.push({ path, signedURL: null, error: "Object not found" });
      continue;
    }
    const route = "/" + path.split("/").map(encodeURIComponent).join("/");
    const answer = await next(ask(request, { expiresIn }, route));
    const { signedUrl, message } = await answer.json();
    signed.push({ path, signedURL: answer.ok ? below(signedUrl) : null, error: answer.ok ? null : message });
  }
  return Response.json(signed);
}

async function list(request: Request, next: Next): Promise<Response> {
  const asked: Listing = await request.clone().json().catch(() => ({}));
  const folder = asked.prefix ? asked.prefix.replace(/\/*$/, "/") : "";
  const everything = { prefix: folder, limit: Number.MAX_SAFE_INTEGER, offset: 0 };
  const answer = await next(ask(request, everything));
  if (!answer.ok) return answer;
  const objects: StoredObject[] = await answer.json();
  const entries = level(objects.filter(({ name }) => name.startsWith(folder)), folder.length, asked);
  const { offset = 0, limit = 100 } = asked;
  return Response.json(entries.slice(offset, offset + limit));
}

/** What a folder holds: its folders first, then its files. */
function level(objects: StoredObject[], skip: number, { search = "", sortBy = {} }: Listing): Entry[] {
  const files: Entry[] = [];
  const folders = new Set<string>();
  for (const { name, id, updated_at, created_at, last_accessed_at, metadata } of objects) {
    const [first, ...deeper] = name.slice(skip).split("/");
    if (!first.toLowerCase().startsWith(search.toLowerCase())) continue;
    if (deeper.length) folders.add(first);
    else files.push({ name: first, id, updated_at, created_at, last_accessed_at, metadata });
  }
  const nothing = { id: null, updated_at: null, created_at: null, last_accessed_at: null, metadata: null };
  const column = sortBy.column ?? "name";
  const sign = sortBy.order === "desc" ? -1 : 1;
  const compare = (a: Entry, b: Entry) => (String(a[column]) < String(b[column]) ? -sign : sign);
  return [...[...folders].map((name) => ({ name, ...nothing })).sort(compare), ...files.sort(compare)];
}

/** The request with its file as the whole body; `null` for a form without one. */
async function withPlainFile(request: Request): Promise<Request | null> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/form-data")) return request;
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? "";
  const form = [...parts(new Uint8Array(await request.arrayBuffer()), boundary)];
  const file = form.find((part) => /;\s*filename=/i.test(part.head));
  if (!file) return null;
  const headers = new Headers(request.headers);
  headers.set("content-type", /^content-type:\s*(.+)$/im.exec(file.head)?.[1] ?? "application/octet-stream");
  headers.set("content-length", String(file.body.length));
  const seconds = form.find((part) => /;\s*name="cacheControl"/.test(part.head));
  const age = seconds ? new TextDecoder().decode(seconds.body) : "";
  if (/^\d+$/.test(age)) headers.set("cache-control", `max-age=${age}`);
  return new Request(request.url, { method: request.method, headers, body: file.body });
}

/** The parts of a form. Deno's own parser drops the part without a name, which is where supabase-js puts the file. */
function* parts(body: Uint8Array<ArrayBuffer>, boundary: string) {
  // One character for each byte, so that a position in the text is one in the body.
  const text = new TextDecoder("latin1").decode(body);
  let start = text.indexOf(`--${boundary}\r\n`);
  while (start >= 0) {
    const head = text.indexOf("\r\n\r\n", start);
    const end = text.indexOf(`\r\n--${boundary}`, head);
    if (head < 0 || end < 0) return;
    yield { head: text.slice(start, head).replaceAll("\r", ""), body: body.slice(head + 4, end) };
    start = text.indexOf(`--${boundary}\r\n`, end);
  }
}

function refusal(message: string): Response {
  return Response.json({ statusCode: "400", error: "InvalidRequest", message }, { status: 400 });
}
