// The users part of Auth's admin API, which Lite does not have: create, list, read, change and delete users with
// a key that bypasses RLS. Shapes and errors are upstream's (supabase/auth). What Lite could not act on later (a
// ban, a phone, a soft deletion) is refused rather than stored.
import { createRequire } from "node:module";

// Lite compares with this very library when somebody signs in.
const { hash } = createRequire(import.meta.resolve("@supabase/lite"))("bcryptjs");
const HASH_COST = 10;
const MAX_PASSWORD_BYTES = 72;
const USERS = /^\/auth\/v1\/admin\/users(?:\/([^/]*))?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const UNAVAILABLE = ["phone", "phone_confirm", "ban_duration", "password_hash", "role", "aud"];
const UNIQUE_VIOLATION = "23505";
const DATA_EXCEPTION = /^22/;

type Json = Record<string, unknown>;
// Lite's own classes, of which it exports no types.
// deno-lint-ignore no-explicit-any
type Loose = any;

interface Attributes {
  id?: string;
  email?: string;
  password?: string;
  email_confirm?: boolean;
  user_metadata?: Json;
  app_metadata?: Json;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

const taken = () => new Refusal(422, "email_exists", "A user with this email address has already been registered");
const invalid = (message: string, status = 400) => new Refusal(status, "validation_failed", message);

/** Middleware of Lite's server: answers `/auth/v1/admin/users`, hands on everything else. */
export function authAdmin(secretKey: string) {
  return async (context: Loose, next: () => Promise<void>): Promise<Response | void> => {
    const request: Request = context.req.raw;
    const found = USERS.exec(new URL(request.url).pathname);
    if (!found || request.method === "OPTIONS") return await next();
    try {
      // A token beside the key is a user's, or one that may do less than the key.
      if (request.headers.get("apikey") !== secretKey || request.headers.has("authorization")) {
        throw new Refusal(403, "not_admin", "User not allowed");
      }
      return await answer(request, found[1], context.var.authService);
    } catch (error) {
      return refused(error);
    }
  };
}

async function answer(request: Request, id: string | undefined, auth: Loose): Promise<Response> {
  const method = request.method;
  if (id === undefined) {
    if (method === "GET") return await list(request, auth);
    if (method === "POST") return Response.json(await create(await attributes(request), auth));
    return new Response(null, { status: 405, headers: { allow: "GET, POST" } });
  }
  if (!["GET", "PUT", "DELETE"].includes(method)) {
    return new Response(null, { status: 405, headers: { allow: "DELETE, GET, PUT" } });
  }
  if (!UUID.test(id)) throw invalid("user_id must be an UUID", 404);
  const user = await auth.repo.findUserById(id);
  if (!user) throw new Refusal(404, "user_not_found", "User not found");
  if (method === "GET") return Response.json(await shown(user, auth));
  if (method === "PUT") return Response.json(await update(user, await attributes(request), auth));
  await remove(user, await body(request), auth);
  return Response.json({});
}

async function list(request: Request, auth: Loose): Promise<Response> {
  const url = new URL(request.url);
  const [page, size] = [pageNumber(url, "page", 1), pageNumber(url, "per_page", 50)];
  const users = auth.repo.table("users").where("aud", "=", "authenticated");
  const { count } = await users.select((of: Loose) => of.fn.countAll().as("count")).executeTakeFirst();
  const rows = await users.selectAll().orderBy("created_at", "desc").orderBy("id").limit(size)
    .offset((page - 1) * size).execute();
  const pages = Math.ceil(Number(count) / size);
  const link = (to: number, rel: string) => {
    url.searchParams.set("page", String(to));
    url.searchParams.sort();
    return `<${url.pathname}${url.search}>; rel="${rel}"`;
  };
  const links = [...(pages > page ? [link(page + 1, "next")] : []), link(pages, "last")];
  return Response.json(
    { users: await Promise.all(rows.map((row: Loose) => shown(row, auth))), aud: "authenticated" },
    { headers: { "x-total-count": String(count), link: links.join(", ") } },
  );
}

function pageNumber(url: URL, name: string, otherwise: number): number {
  const given = url.searchParams.get(name);
  if (!given) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw invalid(`Bad Pagination Parameters: ${name} must be greater than 0`);
  return Number(given);
}

async function create(given: Attributes, auth: Loose): Promise<Json> {
  if (!given.email) throw invalid("Cannot create a user without either an email or phone");
  if (given.id !== undefined && !UUID.test(given.id)) throw invalid("ID must conform to the uuid v4 format");
  const [id, email] = [given.id ?? crypto.randomUUID(), given.email];
  if (await auth.repo.findUserByEmail(email)) throw taken();
  const confirmed = given.email_confirm === true;
  const encrypted = await hash(given.password || crypto.randomUUID() + crypto.randomUUID().slice(0, 30), HASH_COST);
  const user = await auth.repo.transaction(async (repo: Loose) => {
    const made = await repo.createUser({
      id,
      email,
      encrypted_password: encrypted,
      confirmed_at: confirmed ? new Date().toISOString() : null,
      raw_user_meta_data: merged({ email_verified: confirmed }, given.user_metadata),
      raw_app_meta_data: merged({ provider: "email", providers: ["email"] }, given.app_metadata),
    });
    await repo.createIdentity(identity(id, email));
    return made;
  });
  await auth.createAuditLog(id, email, "user_signedup", "team");
  return await shown(user, auth);
}

function identity(userId: string, email: string): Json {
  return {
    id: crypto.randomUUID(),
    provider: "email",
    provider_id: userId,
    user_id: userId,
    identity_data: { email, email_verified: false, phone_verified: false, sub: userId },
  };
}

async function update(user: Loose, given: Attributes, auth: Loose): Promise<Json> {
  const before = auth.repo.parseUserJson(user);
  const changes: Json = {};
  if (given.password !== undefined) {
    auth.assertPasswordStrong(given.password);
    changes.encrypted_password = await hash(given.password, HASH_COST);
  }
  if (given.email !== undefined) changes.email = given.email;
  if (given.email_confirm) {
    changes.confirmed_at = new Date().toISOString();
    changes.confirmation_token = null;
  }
  if (given.user_metadata) changes.raw_user_meta_data = merged(before.raw_user_meta_data, given.user_metadata);
  if (given.app_metadata) changes.raw_app_meta_data = merged(before.raw_app_meta_data, given.app_metadata);
  const after = await auth.repo.transaction(async (repo: Loose) => {
    if (given.email !== undefined) await moveIdentity(user.id, given.email, given.email_confirm === true, repo);
    if (given.password !== undefined) await endSessions(user.id, repo);
    return await repo.updateUser(user.id, changes);
  });
  await auth.createAuditLog(user.id, after.email ?? "", "user_modified", "user", false);
  return await shown(after, auth);
}

async function moveIdentity(userId: string, email: string, verified: boolean, repo: Loose): Promise<void> {
  const known = await repo.findIdentityByProviderAndId("email", userId);
  if (!known) return await repo.createIdentity(identity(userId, email));
  const data = typeof known.identity_data === "string" ? JSON.parse(known.identity_data) : known.identity_data;
  await repo.updateIdentity(known.id, { identity_data: { ...data, email, email_verified: verified } });
}

async function endSessions(userId: string, repo: Loose): Promise<void> {
  await repo.deleteRefreshTokensForUser(userId);
  await repo.deleteUserSessions(userId);
}

async function remove(user: Loose, given: Json, auth: Loose): Promise<void> {
  if (given.should_soft_delete) throw invalid("A soft deletion is not available here", 422);
  await auth.repo.transaction(async (repo: Loose) => {
    await endSessions(user.id, repo);
    await repo.deleteFrom("users").where("id", "=", user.id).execute();
  });
  await auth.createAuditLog(user.id, user.email ?? "", "user_deleted", "team", false);
}

async function shown(user: Loose, auth: Loose): Promise<Json> {
  const identities = await auth.repo.findIdentitiesByUserId(user.id);
  return auth.mapUserToResponse(auth.repo.parseUserJson(user), identities, "user");
}

/** What is there with what is given; null takes a name out. */
function merged(before: Json, given: Json = {}): Json {
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== null));
}

async function body(request: Request): Promise<Json> {
  const text = await request.text();
  if (!text) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, "bad_json", `Could not parse request body as JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new Refusal(400, "bad_json", "Could not parse request body as JSON: not an object");
  return value;
}

async function attributes(request: Request): Promise<Attributes> {
  // Null is as good as nothing, as in upstream.
  const given = merged(await body(request));
  const kinds = { id: "string", email: "string", password: "string", email_confirm: "boolean" };
  for (const [name, kind] of Object.entries(kinds)) {
    if (name in given && typeof given[name] !== kind) {
      throw new Refusal(400, "bad_json", `Could not parse request body as JSON: ${name} must be a ${kind}`);
    }
  }
  for (const name of ["user_metadata", "app_metadata"]) {
    if (name in given && !isObject(given[name])) {
      throw new Refusal(400, "bad_json", `Could not parse request body as JSON: ${name} must be an object`);
    }
  }
  const unavailable = UNAVAILABLE.find((name) => given[name] && given[name] !== "authenticated" && given[name] !== "none");
  if (unavailable) throw invalid(`${unavailable} cannot be set here`, 422);
  return checked(given as Attributes);
}

function checked({ email, password, ...rest }: Attributes): Attributes {
  if (email && !EMAIL.test(email)) throw invalid("Unable to validate email address: invalid format");
  if (password && new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES) {
    throw invalid(`bcrypt: password length exceeds ${MAX_PASSWORD_BYTES} bytes`);
  }
  return { ...rest, ...(email ? { email: email.toLowerCase() } : {}), ...(password === undefined ? {} : { password }) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(error: Loose): Response {
  if (error?.code === UNIQUE_VIOLATION) error = taken();
  else if (DATA_EXCEPTION.test(error?.code ?? "")) error = invalid("The request holds what cannot be stored");
  if (!(error instanceof Refusal) && error?.name !== "AuthError") {
    console.error("Auth admin:", error);
    error = new Refusal(500, "unexpected_failure", "Unexpected failure, please check server logs for more information");
  }
  const shape = error.toJSON?.() ?? { code: error.status, error_code: error.code, msg: error.message };
  return Response.json(shape, { status: error.status, headers: { "x-sb-error-code": error.code } });
}
