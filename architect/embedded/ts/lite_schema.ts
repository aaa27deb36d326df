// Prints the SQL with which Supabase Lite makes its auth and storage schemas. Connects to nothing. Lite itself
// would run the same text statement by statement and ignore what fails.
import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";

const connection = createPostgresConnection({ url: "postgres://nobody@127.0.0.1:1/none" });
const app = new App({
  connection,
  auth: { enabled: true, jwt_secret: "unused-unused-unused-unused-unused" },
  storage: { enabled: true },
  // deno-lint-ignore no-explicit-any
} as any);
// The storage schema belongs to an app that has somewhere to store.
// deno-lint-ignore no-explicit-any
app._storageAdapter = {} as any;
await app.init();
console.log(connection.config.baseSchema);
Deno.exit(0);
