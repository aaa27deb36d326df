// The environment's catalog fingerprint: one hash over tables, policies, grants, functions and API roles.
// GET or POST with the service key, or with the environment's DRIFT_CHECK_KEY in the header x-drift-check-key, answers
// {ok, fingerprint, checked_at, ...}. That key opens nothing else, and is revoked by setting or removing the secret.
// No imports, so that the same file runs on hosted Supabase and under any Deno.

type Json = Record<string, unknown>;

function answer(status: number, body: Json): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

function failure(status: number, code: string, message: string): Response {
  return answer(status, { ok: false, error: { code, message } });
}

/** The keys that act as service_role: the legacy JWT and the newer secret keys, the newest form first. */
function serviceKeys(): string[] {
  const keys: string[] = [];
  try {
    const named: unknown = JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}");
    if (named && typeof named === "object") keys.push(...Object.values(named).filter((key) => typeof key === "string"));
  } catch {
    console.error("SUPABASE_SECRET_KEYS is not JSON");
  }
  keys.push(Deno.env.get("SUPABASE_SECRET_KEY") ?? "", Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "");
  return keys.filter((key) => key.length > 0);
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Compares hashes, so that neither the length nor a common beginning shows in the time it takes. */
async function same(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(left), digest(right)]);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** The platform's gate lets any valid token in, also a user's. Only the service may ask for the catalog. */
async function isService(request: Request, keys: string[]): Promise<boolean> {
  const bearer = (request.headers.get("authorization") ?? "").replace(/^bearer\s+/i, "");
  let found = false;
  for (const presented of [bearer, request.headers.get("apikey") ?? ""]) {
    for (const key of keys) found = (await same(presented, key)) || found;
  }
  return found;
}

/** Whether the request presents the key that was made for this function alone. */
async function mayAsk(request: Request): Promise<boolean> {
  const key = Deno.env.get("DRIFT_CHECK_KEY") ?? "";
  const presented = request.headers.get("x-drift-check-key") ?? "";
  return key.length >= 32 && (await same(presented, key));
}

async function fingerprint(url: string, key: string): Promise<Json> {
  const response = await fetch(`${url}/rest/v1/rpc/catalog_fingerprint`, {
    method: "POST",
    headers: { apikey: key, authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: "{}",
    signal: AbortSignal.timeout(20_000),
  });
  const body = await response.json().catch(() => null);
  if (!response.ok || typeof body?.fingerprint !== "string") {
    throw new Error(`catalog_fingerprint answered ${response.status}: ${body?.message ?? "no fingerprint"}`);
  }
  return body;
}

Deno.serve(async (request: Request) => {
  const started = performance.now();
  if (request.method !== "GET" && request.method !== "POST") {
    return failure(405, "method_not_allowed", "Use GET or POST.");
  }
  const url = Deno.env.get("SUPABASE_URL");
  const keys = serviceKeys();
  if (!url || keys.length === 0) return failure(500, "not_configured", "SUPABASE_URL or the service key is missing.");
  if (!(await mayAsk(request)) && !(await isService(request, keys))) {
    return failure(403, "forbidden", "Only the service key and the drift key may ask for the catalog fingerprint.");
  }
  try {
    const catalog = await fingerprint(url, keys[0]);
    return answer(200, {
      ok: true,
      fingerprint: catalog.fingerprint,
      version: catalog.version,
      facts: catalog.facts,
      kinds: catalog.kinds,
      checked_at: new Date().toISOString(),
      ms: Math.round(performance.now() - started),
    });
  } catch (error) {
    console.error("drift_check failed:", error instanceof Error ? error.message : error);
    return failure(502, "catalog_unreadable", "The catalog could not be read; see the function's log.");
  }
});
