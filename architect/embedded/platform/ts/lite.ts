// REST, Auth and Storage of one environment on a unix socket. Embeds Supabase Lite instead of running its
// command, because the command grants ALL on every table with RLS to anon, authenticated and service_role on
// its first request, which would undo least privilege. Settings arrive as one JSON line on stdin, so that no
// secret stands in arguments, environment or files.
import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { authAdmin } from "./auth_admin.ts";
import { FileStorage } from "./storage.ts";
import { storageApi } from "./storage_api.ts";

interface Settings {
  socket: string;
  storage: string;
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  jwtSecret: string;
  jwtExpiry: number;
  publishableKey: string;
  secretKey: string;
  siteUrl: string;
  fileSizeLimit: string;
  redirectUrls: string[];
  signup: boolean;
  emailSignup: boolean;
  anonymousSignIns: boolean;
  passwordLength: number;
  schemas: string[];
  searchPath: string[];
  maxRows: number;
}

const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();

async function readLine(): Promise<string> {
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await input.read();
    if (done) Deno.exit(0);
    text += value;
  }
  return text;
}

async function endWithParent(): Promise<void> {
  while (!(await input.read()).done) { /* nothing more is sent */ }
  Deno.exit(0);
}

const settings: Settings = JSON.parse(await readLine());
endWithParent();

// A number where JSON can hold it exactly enough, as PostgREST answers; else the text.
function jsonNumber(text: string): number | string {
  const digits = text.replace(/[^0-9]/g, "").replace(/^0+/, "");
  return digits.length <= 15 && Number.isFinite(Number(text)) ? Number(text) : text;
}

// PostgREST and GoTrue write times as JSON does; the driver would hand on Postgres' own text.
function isoTime(oid: number) {
  const form = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?$/;
  const parse = (text: string) =>
    text.replace(form, (_, day, time, hour, minute) => `${day}T${time}${hour ? hour + (minute ?? ":00") : ""}`);
  return { to: oid, from: [oid], serialize: (value: string) => value, parse };
}

// Lite hands over objects and arrays as JSON text already; encoded again they would be stored as one string.
function jsonText(value: unknown): string {
  if (typeof value === "string" && /^\s*[[{]/.test(value)) {
    try {
      JSON.parse(value);
      return value;
    } catch { /* a string that only begins like JSON */ }
  }
  return JSON.stringify(value);
}

const connection = createPostgresConnection({
  url: "",
  postgresOptions: {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    username: settings.user,
    password: settings.password,
    max: 6,
    idle_timeout: 30,
    onnotice: () => {},
    connection: { application_name: "supabase-lite" },
    types: {
      timestamptz: isoTime(1184),
      timestamp: isoTime(1114),
      numeric: { to: 1700, from: [1700], serialize: String, parse: jsonNumber },
      jsonb: { to: 3802, from: [3802], serialize: jsonText, parse: JSON.parse },
      bytea: { to: 17, from: [17], serialize: (value: string) => value, parse: (text: string) => text },
    },
  },
});
// The grants of this method are the reason for embedding; the template database already has roles and grants.
Object.defineProperty(connection, "ensureRlsContext", { value: () => Promise.resolve(true) });

const app = new App({
  connection,
  api: {
    enabled: true,
    schemas: settings.schemas,
    extra_search_path: settings.searchPath,
    max_rows: settings.maxRows,
  },
  auth: {
    enabled: true,
    jwt_secret: settings.jwtSecret,
    jwt_expiry: settings.jwtExpiry,
    site_url: settings.siteUrl,
    additional_redirect_urls: settings.redirectUrls,
    enable_signup: settings.signup,
    enable_anonymous_sign_ins: settings.anonymousSignIns,
    minimum_password_length: settings.passwordLength,
    publishable_key: settings.publishableKey,
    secret_key: settings.secretKey,
    email: { enable_signup: settings.emailSignup, enable_confirmations: false },
  },
  storage: { enabled: true, file_size_limit: settings.fileSizeLimit },
  options: { server: { admin: false, disableStudio: true, middlewares: [authAdmin(settings.secretKey)] } },
  // deno-lint-ignore no-explicit-any
} as any);
// deno-lint-ignore no-explicit-any
app._storageAdapter = new FileStorage(settings.storage) as any;
await app.init();

async function watchSchema(): Promise<void> {
  // The same channel and word as PostgREST: `notify pgrst, 'reload schema'`.
  await connection.driver.listen("pgrst", () => connection.clearSchemaCache(), () => connection.clearSchemaCache());
}

async function handle(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === "/_ready") return new Response("ready");
  if (url.pathname === "/_reload" && request.method === "POST") {
    await connection.clearSchemaCache();
    return new Response(null, { status: 204 });
  }
  return await storageApi(request, (plain) => app.fetch(plain, { peerAddress: null }));
}

await watchSchema();
Deno.serve({ path: settings.socket, onListen: () => console.log("@ready") }, handle);
