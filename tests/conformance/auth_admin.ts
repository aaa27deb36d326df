// Drives supabase-js' auth.admin against one environment and prints what passed as JSON. Settings come on stdin.
import { createClient } from "@supabase/supabase-js";
import about from "@supabase/supabase-js/package.json" with { type: "json" };

const { url, keys } = await new Response(Deno.stdin.readable).json();
const options = { auth: { autoRefreshToken: false, persistSession: false } };
const service = createClient(url, keys.secret, options);
const legacy = createClient(url, keys.service_role, options);
const anon = createClient(url, keys.publishable, options);
const steps: { operation: string; passed: boolean; problem?: string }[] = [];
const person = { email: "Grace@Example.com", password: "correct horse battery" };
let id = "";

async function step(operation: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    steps.push({ operation, passed: true });
  } catch (error) {
    steps.push({ operation, passed: false, problem: (error as Error).stack ?? String(error) });
  }
}

function same(got: unknown, expected: unknown): void {
  const [a, b] = [got, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}

// deno-lint-ignore no-explicit-any
type Answer = any;

function data(answer: Answer): Answer {
  if (answer.error) throw new Error(`${answer.error.code ?? ""} ${answer.error.message}`);
  return answer.data;
}

function refused(answer: Answer): [number, string] {
  if (!answer.error) throw new Error(`not refused: ${JSON.stringify(answer.data)}`);
  return [answer.error.status, answer.error.code];
}

await step("auth.admin.createUser", async () => {
  const given = { email_confirm: true, user_metadata: { name: "Grace" }, app_metadata: { team: "navy" } };
  const { user } = data(await service.auth.admin.createUser({ ...person, ...given }));
  id = user.id;
  same([user.email, user.role, user.aud], ["grace@example.com", "authenticated", "authenticated"]);
  same(user.user_metadata, { name: "Grace", email_verified: true });
  same(user.app_metadata, { team: "navy", provider: "email", providers: ["email"] });
  same(user.identities.map((one: Answer) => [one.provider, one.user_id, one.identity_data.email]), [
    ["email", id, "grace@example.com"],
  ]);
});
await step("auth.admin.createUser, then signInWithPassword", async () => {
  const { session } = data(await createClient(url, keys.publishable, options).auth.signInWithPassword(person));
  same([session.user.id, session.user.app_metadata.team], [id, "navy"]);
});
await step("auth.admin.createUser refuses a taken address", async () => {
  same(refused(await service.auth.admin.createUser(person)), [422, "email_exists"]);
});
await step("auth.admin.createUser refuses what is no address", async () => {
  same(refused(await service.auth.admin.createUser({ email: "grace" })), [400, "validation_failed"]);
  same(refused(await service.auth.admin.createUser({})), [400, "validation_failed"]);
});
await step("auth.admin.createUser without email_confirm", async () => {
  data(await legacy.auth.admin.createUser({ ...person, email: "unsure@example.com" }));
  const answer = await anon.auth.signInWithPassword({ ...person, email: "unsure@example.com" });
  same(refused(answer), [400, "email_not_confirmed"]);
});
await step("auth.admin.listUsers, page by page", async () => {
  const first = data(await service.auth.admin.listUsers({ page: 1, perPage: 1 }));
  same([first.users.map((user: Answer) => user.email), first.total, first.nextPage, first.lastPage], [
    ["unsure@example.com"],
    2,
    2,
    2,
  ]);
  const second = data(await service.auth.admin.listUsers({ page: 2, perPage: 1 }));
  same([second.users[0].id, second.nextPage, second.lastPage], [id, null, 2]);
});
await step("auth.admin.getUserById", async () => {
  same(data(await service.auth.admin.getUserById(id)).user.email, "grace@example.com");
  same(refused(await service.auth.admin.getUserById(crypto.randomUUID())), [404, "user_not_found"]);
});
await step("auth.admin.updateUserById ends sessions with the old password", async () => {
  const before = createClient(url, keys.publishable, options);
  data(await before.auth.signInWithPassword(person));
  const changes = { email: "hopper@example.com", password: "another horse", user_metadata: { name: null, rank: 1 } };
  const { user } = data(await service.auth.admin.updateUserById(id, { ...changes, email_confirm: true }));
  same([user.email, user.user_metadata], ["hopper@example.com", { rank: 1, email_verified: true }]);
  same(user.identities[0].identity_data.email, "hopper@example.com");
  same(refused(await before.auth.refreshSession())[0], 400);
  same(refused(await anon.auth.signInWithPassword(person)), [400, "invalid_credentials"]);
  const after = { email: "hopper@example.com", password: "another horse" };
  data(await createClient(url, keys.publishable, options).auth.signInWithPassword(after));
});
await step("auth.admin.updateUserById refuses what does not fit", async () => {
  same(refused(await service.auth.admin.updateUserById(id, { email: "unsure@example.com" })), [422, "email_exists"]);
  same(refused(await service.auth.admin.updateUserById(id, { password: "short" })), [422, "weak_password"]);
  same(refused(await service.auth.admin.updateUserById(id, { ban_duration: "1h" })), [422, "validation_failed"]);
});
await step("auth.admin is for keys that bypass RLS", async () => {
  same(refused(await anon.auth.admin.listUsers()), [403, "not_admin"]);
  const user = createClient(url, keys.publishable, options);
  data(await user.auth.signInWithPassword({ email: "hopper@example.com", password: "another horse" }));
  const { session } = data(await user.auth.getSession());
  const global = { headers: { Authorization: `Bearer ${session.access_token}` } };
  const mixed = createClient(url, keys.secret, { ...options, global });
  same(refused(await mixed.auth.admin.deleteUser(id)), [403, "not_admin"]);
});
await step("auth.admin.deleteUser", async () => {
  same(refused(await service.auth.admin.deleteUser(id, true)), [422, "validation_failed"]);
  data(await service.auth.admin.deleteUser(id));
  same(refused(await service.auth.admin.deleteUser(id)), [404, "user_not_found"]);
  const answer = await anon.auth.signInWithPassword({ email: "hopper@example.com", password: "another horse" });
  same(refused(answer), [400, "invalid_credentials"]);
});

console.log(JSON.stringify({ version: about.version, steps }));
Deno.exit(0);
