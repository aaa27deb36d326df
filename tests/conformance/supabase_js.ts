// Drives supabase-js against one environment and prints what passed as JSON. Reads its settings from stdin.
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import about from "@supabase/supabase-js/package.json" with { type: "json" };

interface Settings {
  url: string;
  keys: Record<"anon" | "publishable" | "secret" | "service_role", string>;
}

const settings: Settings = await new Response(Deno.stdin.readable).json();
const { url, keys } = settings;
const quiet = { auth: { autoRefreshToken: false, persistSession: false } };
const make = (key: string, options = {}): SupabaseClient => createClient(url, key, { ...quiet, ...options });
const report: { operation: string; passed: boolean; problem?: string }[] = [];

async function step(operation: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    report.push({ operation, passed: true });
  } catch (error) {
    report.push({ operation, passed: false, problem: (error as Error).stack ?? String(error) });
  }
}

function same(got: unknown, expected: unknown): void {
  const [a, b] = [got, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}

// deno-lint-ignore no-explicit-any
type Answer = any;

/** The data of an answer that must not be an error. */
function data(answer: Answer): Answer {
  if (answer.error) throw new Error(`${answer.error.code ?? ""} ${answer.error.message}`);
  return answer.data;
}

/** The error of an answer that must be one. */
function refused(answer: Answer): Answer {
  if (!answer.error) throw new Error(`not refused: ${JSON.stringify(answer.data)}`);
  return answer.error;
}

const text = async (blob: Blob) => await blob.text();
const anon = make(keys.publishable);
const service = make(keys.secret);
const ada = make(keys.publishable);
const bob = make(keys.anon);
const person = { email: "ada@example.com", password: "correct horse battery" };
let adaId = "";

// Auth
await step("auth.signUp", async () => {
  const session = data(await ada.auth.signUp({ ...person, options: { data: { name: "Ada" } } }));
  adaId = session.user.id;
  same([session.user.email, session.user.user_metadata.name, session.user.role], [
    person.email,
    "Ada",
    "authenticated",
  ]);
  data(await bob.auth.signUp({ email: "bob@example.com", password: person.password }));
});
await step("auth.signUp refuses a taken address", async () => {
  same(refused(await anon.auth.signUp(person)).code, "user_already_exists");
});
await step("auth.signInWithPassword", async () => {
  const { session } = data(await ada.auth.signInWithPassword(person));
  same([session.token_type, session.user.id], ["bearer", adaId]);
});
await step("auth.signInWithPassword refuses a wrong password", async () => {
  const error = refused(await make(keys.anon).auth.signInWithPassword({ ...person, password: "wrong" }));
  same([error.status, error.code], [400, "invalid_credentials"]);
});
await step("auth.getUser", async () => same(data(await ada.auth.getUser()).user.id, adaId));
await step("auth.getUser refuses a forged token", async () => {
  const { session } = data(await ada.auth.getSession());
  const [head, , signature] = session.access_token.split(".");
  const claims = btoa(JSON.stringify({ sub: adaId, role: "service_role", exp: 4102444800 })).replace(/=+$/, "");
  same([401, 403].includes(refused(await anon.auth.getUser([head, claims, signature].join("."))).status), true);
});
await step("auth.refreshSession", async () => {
  const before = data(await ada.auth.getSession()).session;
  const { session } = data(await ada.auth.refreshSession());
  same([session.user.id, session.refresh_token === before.refresh_token], [adaId, false]);
});
await step("auth.updateUser", async () => {
  same(data(await ada.auth.updateUser({ data: { name: "Ada L." } })).user.user_metadata.name, "Ada L.");
});

// REST
await step("rest.insert returns the row", async () => {
  const rows = data(await ada.from("notes").insert([{ body: "one", stars: 1 }, { body: "two", stars: 0 }]).select());
  const shown = rows.map((row: Answer) => [row.owner, row.body, row.stars, row.tags]);
  same(shown, [[adaId, "one", 1, []], [adaId, "two", 0, []]]);
});
await step("rest.select hides the rows of others", async () => {
  same(data(await ada.from("notes").select("body").order("body")), [{ body: "one" }, { body: "two" }]);
  same(data(await bob.from("notes").select("body")), []);
  same(data(await service.from("notes").select("id")).length, 3);
});
await step("rest.select without a grant is 42501", async () => {
  const answer = await anon.from("notes").select("*");
  same([refused(answer).code, answer.status], ["42501", 401]);
});
await step("rest.insert against a policy is 42501", async () => {
  const answer = await bob.from("notes").insert({ owner: adaId, body: "forged" });
  same([refused(answer).code, answer.status], ["42501", 403]);
});
await step("rest.insert of a duplicate is 23505", async () => {
  const answer = await ada.from("notes").insert({ body: "one" });
  same([refused(answer).code, answer.status], ["23505", 409]);
});
await step("rest.insert of a missing value is 23502", async () => {
  same(refused(await ada.from("notes").insert({ stars: 1 })).code, "23502");
});
await step("rest.update touches own rows alone", async () => {
  same(data(await ada.from("notes").update({ stars: 5 }).eq("body", "two").select("stars")), [{ stars: 5 }]);
  same(data(await bob.from("notes").update({ stars: 9 }).gte("stars", 0).select()), []);
});
await step("rest.upsert", async () => {
  const options = { onConflict: "owner,body" };
  const row = { owner: adaId, body: "one", stars: 7 };
  same(data(await ada.from("notes").upsert(row, options).select("stars").single()), { stars: 7 });
  data(await ada.from("notes").upsert({ ...row, stars: 8 }, { ...options, ignoreDuplicates: true }));
  same(data(await ada.from("notes").select("stars").eq("body", "one").single()), { stars: 7 });
});
await step("rest.delete", async () => {
  same(data(await ada.from("notes").insert({ body: "three" }).select("body")), [{ body: "three" }]);
  same(data(await ada.from("notes").delete().eq("body", "three").select("body")), [{ body: "three" }]);
  same(data(await bob.from("notes").delete().neq("body", "").select()), []);
});
await step("rest embeds a related table", async () => {
  const { id } = data(await ada.from("notes").select("id").eq("body", "one").single());
  data(await ada.from("comments").insert([{ note_id: id, body: "first" }]));
  same(data(await ada.from("notes").select("body, comments(body)").eq("id", id)), [
    { body: "one", comments: [{ body: "first" }] },
  ]);
  same(data(await ada.from("comments").select("body, notes!inner(body)").eq("notes.body", "one")), [
    { body: "first", notes: { body: "one" } },
  ]);
});
const names = (rows: Answer) => rows.map((row: Answer) => row.name).join(" ");
const cities = () => anon.from("cities").select("name").order("name");
await step("rest filters", async () => {
  same(names(data(await cities().gt("people", 15).lte("people", 30))), "Celle Dresden");
  same(names(data(await cities().in("name", ["Berlin", "Celle", "x"]))), "Berlin Celle");
  same(names(data(await cities().ilike("name", "%E%"))), "Aachen Berlin Celle Dresden");
  same(names(data(await cities().not("name", "like", "%e%"))), "");
  same(names(data(await cities().or("name.eq.Aachen,people.eq.40"))), "Aachen Berlin");
  same(names(data(await cities().match({ name: "Celle", people: 20 }))), "Celle");
});
await step("rest order, limit and range", async () => {
  same(names(data(await anon.from("cities").select().order("people", { ascending: false }).limit(2))), "Berlin Dresden");
  same(names(data(await cities().range(1, 2))), "Berlin Celle");
});
await step("rest count", async () => {
  const answer = await anon.from("cities").select("*", { count: "exact" }).range(0, 1);
  same([data(answer).length, answer.count, answer.status], [2, 4, 206]);
  const head = await anon.from("cities").select("*", { count: "exact", head: true });
  same([head.data, head.count], [null, 4]);
});
await step("rest single is PGRST116 for none and for many", async () => {
  const none = await anon.from("cities").select().eq("name", "x").single();
  same([refused(none).code, none.status], ["PGRST116", 406]);
  same(refused(await anon.from("cities").select().single()).code, "PGRST116");
  same(data(await anon.from("cities").select().eq("name", "x").maybeSingle()), null);
});
await step("rest.rpc scalar", async () => same(data(await anon.rpc("add", { a: 2, b: 3 })), 5));
await step("rest.rpc set, filtered", async () => {
  same(names(data(await anon.rpc("larger_than", { size: 15 }).order("name").limit(2))), "Berlin Celle");
});
await step("rest.rpc by get", async () => {
  same(data(await anon.rpc("add", { a: 2, b: 3 }, { get: true })), 5);
});
await step("rest.rpc as the caller", async () => {
  same(data(await ada.rpc("whoami")), adaId);
  same(data(await service.rpc("whoami")), "service_role");
  same(refused(await anon.rpc("whoami")).code, "42501");
});
await step("rest unknown table and function", async () => {
  const answer = await anon.from("nope").select();
  same([refused(answer).code, answer.status], ["PGRST205", 404]);
  same(refused(await anon.rpc("nope")).code, "PGRST202");
});
await step("a wrong key is 401", async () => {
  const wrong = make("sb_publishable_" + "x".repeat(31));
  const answer = await wrong.from("cities").select();
  same([answer.status, refused(answer).message], [401, "Invalid API key"]);
  same(refused(await wrong.auth.signInWithPassword(person)).status, 401);
  same(refused(await wrong.storage.listBuckets()).status, 401);
});

// Storage
const mine = () => `${adaId}/hello.txt`;
await step("storage.createBucket", async () => {
  same(data(await service.storage.createBucket("private", { public: false })).name, "private");
  data(await service.storage.createBucket("open", { public: true, fileSizeLimit: 64 }));
  refused(await ada.storage.createBucket("forbidden"));
  same(data(await service.storage.listBuckets()).map((b: Answer) => b.id).sort(), ["open", "private"]);
});
await step("storage.upload into the own folder alone", async () => {
  const file = new Blob(["hello"], { type: "text/plain" });
  same(data(await ada.storage.from("private").upload(mine(), file)).path, mine());
  refused(await bob.storage.from("private").upload(`${adaId}/forged.txt`, file));
  refused(await anon.storage.from("private").upload("anon.txt", file));
});
await step("storage.download", async () => {
  same(await text(data(await ada.storage.from("private").download(mine()))), "hello");
  refused(await bob.storage.from("private").download(mine()));
});
await step("storage.list", async () => {
  same(data(await ada.storage.from("private").list(adaId)).map((o: Answer) => o.name), ["hello.txt"]);
  same(data(await bob.storage.from("private").list(adaId)), []);
  const deep = new Blob(["deep"], { type: "text/plain" });
  for (const name of ["b/2.txt", "b/1.txt", "a.txt"]) data(await service.storage.from("open").upload(name, deep));
  const listed = async (path: string, options = {}) => {
    const files = data(await service.storage.from("open").list(path, options));
    return files.map((file: Answer) => [file.name, file.id === null, file.metadata?.size ?? null]);
  };
  same(await listed(""), [["b", true, null], ["a.txt", false, 4]]);
  same(await listed("b", { sortBy: { column: "name", order: "desc" } }), [["2.txt", false, 4], ["1.txt", false, 4]]);
  same(await listed("b/", { limit: 1, offset: 1 }), [["2.txt", false, 4]]);
  same(await listed("", { search: "A" }), [["a.txt", false, 4]]);
});
await step("storage.upload upsert", async () => {
  refused(await ada.storage.from("private").upload(mine(), "again"));
  data(await ada.storage.from("private").upload(mine(), "again", { upsert: true }));
  same(await text(data(await ada.storage.from("private").download(mine()))), "again");
});
await step("storage keeps every byte", async () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, i) => i);
  data(await ada.storage.from("private").upload(`${adaId}/bytes.bin`, new Blob([bytes])));
  const stored: Blob = data(await ada.storage.from("private").download(`${adaId}/bytes.bin`));
  same([...new Uint8Array(await stored.arrayBuffer())], [...bytes]);
});
await step("storage.createSignedUrl", async () => {
  const { signedUrl } = data(await ada.storage.from("private").createSignedUrl(mine(), 60));
  const answer = await fetch(signedUrl);
  same([answer.status, await answer.text()], [200, "again"]);
  const forged = await fetch(signedUrl.slice(0, -4) + "AAAA");
  await forged.body?.cancel();
  same(forged.status >= 400, true);
});
await step("storage.createSignedUrls names what is missing", async () => {
  const files = data(await ada.storage.from("private").createSignedUrls([mine(), "nope.txt"], 60));
  same(files.map((file: Answer) => [file.path, file.error === null]), [[mine(), true], ["nope.txt", false]]);
  same(await (await fetch(files[0].signedUrl)).text(), "again");
});
await step("storage.uploadToSignedUrl", async () => {
  const path = `${adaId}/signed.txt`;
  const { token } = data(await ada.storage.from("private").createSignedUploadUrl(path));
  refused(await bob.storage.from("private").createSignedUploadUrl(path));
  data(await anon.storage.from("private").uploadToSignedUrl(path, token, new Blob(["signed"])));
  same(await text(data(await ada.storage.from("private").download(path))), "signed");
});
await step("storage.getPublicUrl", async () => {
  data(await service.storage.from("open").upload("a/b.txt", new Blob(["seen"], { type: "text/plain" })));
  const answer = await fetch(anon.storage.from("open").getPublicUrl("a/b.txt").data.publicUrl);
  same([answer.status, await answer.text()], [200, "seen"]);
});
await step("storage refuses what is larger than the bucket allows", async () => {
  refused(await service.storage.from("open").upload("big.txt", new Blob(["x".repeat(65)])));
});
await step("storage.copy, move and remove", async () => {
  const files = ada.storage.from("private");
  data(await files.copy(mine(), `${adaId}/copy.txt`));
  data(await files.move(`${adaId}/copy.txt`, `${adaId}/moved.txt`));
  same(await text(data(await files.download(`${adaId}/moved.txt`))), "again");
  same(data(await files.remove([`${adaId}/moved.txt`])).length, 1);
  refused(await files.download(`${adaId}/moved.txt`));
  same(data(await bob.storage.from("private").remove([mine()])), []);
  same(await text(data(await files.download(mine()))), "again");
});
await step("storage.deleteBucket", async () => {
  refused(await service.storage.deleteBucket("open"));
  data(await service.storage.emptyBucket("open"));
  data(await service.storage.deleteBucket("open"));
});

// Functions
await step("functions.invoke with a user's token", async () => {
  const answer = data(await ada.functions.invoke("guarded", { body: { a: 1 } }));
  same(answer, { method: "POST", role: "authenticated", body: { a: 1 } });
});
await step("functions.invoke with the anon key", async () => {
  const answer = data(await make(keys.anon).functions.invoke("guarded", { body: { a: 2 } }));
  same([answer.role, answer.body], ["anon", { a: 2 }]);
});
await step("functions.invoke without a JWT is 401 where one is asked for", async () => {
  const answer = await fetch(`${url}/functions/v1/guarded`, { method: "POST" });
  await answer.body?.cancel();
  same(answer.status, 401);
});
await step("functions.invoke without a JWT where none is asked for", async () => {
  const answer = await fetch(`${url}/functions/v1/open?x=1`);
  same([answer.status, (await answer.json()).method], [200, "GET"]);
});
await step("functions.invoke hands on status, headers and errors", async () => {
  const error = refused(await ada.functions.invoke("guarded", { body: { fail: 418 } }));
  same([error.name, error.context.status, await error.context.json()], ["FunctionsHttpError", 418, { sorry: true }]);
  const missing = refused(await ada.functions.invoke("nope"));
  await missing.context.body?.cancel();
  same(missing.context.status, 404);
});

await step("auth.signOut ends the session", async () => {
  const { session } = data(await ada.auth.getSession());
  same((await ada.auth.signOut()).error, null);
  same(refused(await anon.auth.refreshSession({ refresh_token: session.refresh_token })).status, 400);
  same(refused(await ada.from("notes").select()).code, "42501");
});

console.log(JSON.stringify({ version: about.version, steps: report }));
Deno.exit(0);
