// Starts one deployed function on a unix socket. Functions are written for the hosted runtime and call
// `Deno.serve(handler)`; whatever address they ask for, they get the socket behind the platform's JWT gate.
// The function is imported dynamically, because only then do its own imports need read permission.
const [entrypoint, names, socket] = Deno.args;
const variables = new Set(names.split(","));
const serve = Deno.serve;
const stdout = Deno.stdout;
let listening = false;

type Handler = (request: Request, info?: unknown) => Response | Promise<Response>;

function pickHandler(options: unknown[]): Handler | undefined {
  for (const option of options) {
    if (typeof option === "function") return option as Handler;
    const handler = (option as { handler?: Handler; fetch?: Handler } | undefined)?.handler ??
      (option as { fetch?: Handler } | undefined)?.fetch;
    if (typeof handler === "function") return handler;
  }
  return undefined;
}

function publicRequest(request: Request): Request {
  const url = request.headers.get("x-va-url");
  if (!url) return request;
  const headers = new Headers(request.headers);
  headers.delete("x-va-url");
  const body = request.method === "GET" || request.method === "HEAD" ? undefined : request.body;
  return new Request(url, { method: request.method, headers, body, redirect: "manual", signal: request.signal });
}

function listen(...options: unknown[]) {
  const handler = pickHandler(options);
  if (!handler) throw new TypeError("Deno.serve needs a handler");
  listening = true;
  return serve(
    { path: socket, onListen: () => stdout.writeSync(new TextEncoder().encode("@ready\n")) },
    (request, info) => handler(publicRequest(request), info),
  );
}

// Hosted functions may ask for any variable; one that is not there is undefined, not an error.
function narrowEnvironment(): void {
  const { get, has } = Deno.env;
  const own = {
    get: (name: string) => variables.has(name) ? get.call(Deno.env, name) : undefined,
    has: (name: string) => variables.has(name) && has.call(Deno.env, name),
    toObject: () => Object.fromEntries([...variables].map((name) => [name, get.call(Deno.env, name) ?? ""])),
  };
  for (const [name, value] of Object.entries(own)) Object.defineProperty(Deno.env, name, { value });
}

async function endWithParent(): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* nothing is sent */ }
  Deno.exit(0);
}

Object.defineProperty(Deno, "serve", { value: listen, writable: false, configurable: false });
narrowEnvironment();
endWithParent();
const module = await import(entrypoint);
if (typeof module.default?.fetch === "function") listen(module.default);
if (!listening) {
  console.error("the function neither calls Deno.serve nor exports { fetch }");
  Deno.exit(1);
}
