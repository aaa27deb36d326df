// Drives Realtime through supabase-js and prints what passed as JSON. Reads its settings from stdin.
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import about from "@supabase/supabase-js/package.json" with { type: "json" };

interface Settings {
  url: string;
  keys: Record<"anon" | "publishable" | "secret" | "service_role", string>;
}

// deno-lint-ignore no-explicit-any
type Any = any;

const { url, keys }: Settings = await new Response(Deno.stdin.readable).json();
const report: { operation: string; passed: boolean; problem?: string }[] = [];
const clients: SupabaseClient[] = [];
/** Every socket that was opened, so that one can be cut off. */
const sockets: WebSocket[] = [];
class Kept extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols);
    sockets.push(this);
  }
}

function make(vsn: string, key = keys.publishable): SupabaseClient {
  const client = createClient(url, key, {
    auth: { autoRefreshToken: false, persistSession: false, storageKey: `client-${clients.length}` },
    realtime: { vsn, transport: Kept, reconnectAfterMs: () => 100 } as Any,
  });
  clients.push(client);
  return client;
}

async function step(operation: string, run: () => Promise<void>): Promise<void> {
  try {
    await within(20_000, run(), operation);
    report.push({ operation, passed: true });
  } catch (error) {
    report.push({ operation, passed: false, problem: (error as Error).stack ?? String(error) });
  }
}

async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function same(got: unknown, expected: unknown): void {
  const [a, b] = [got, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`got ${a}, expected ${b}`);
}

/** Collects what comes; `next` waits for the next one that was not taken yet. */
class Inbox<T = Any> {
  all: T[] = [];
  #taken = 0;
  #wake = () => {};

  put = (item: T): void => {
    this.all.push(item);
    this.#wake();
  };

  async next(): Promise<T> {
    while (this.#taken >= this.all.length) {
      await within(10_000, new Promise<void>((wake) => (this.#wake = wake)), "a message");
    }
    return this.all[this.#taken++];
  }

  async until(holds: (items: T[]) => boolean): Promise<void> {
    while (!holds(this.all)) {
      await within(10_000, new Promise<void>((wake) => (this.#wake = wake)), `after ${JSON.stringify(this.all)}`);
    }
  }
}

/** A channel with its inboxes. */
class Joined {
  heard = new Inbox();
  system = new Inbox();
  presence = new Inbox();
  states = new Inbox<[string, string]>();

  constructor(readonly channel: RealtimeChannel, listens = true) {
    channel.on("broadcast" as Any, { event: "*" }, this.heard.put);
    channel.on("system" as Any, {}, this.system.put);
    if (listens) {
      for (const event of ["sync", "join", "leave"]) channel.on("presence" as Any, { event } as Any, this.presence.put);
    }
  }

  subscribe(): this {
    this.channel.subscribe((state: string, error?: Error) => this.states.put([state, error?.message ?? ""]));
    return this;
  }

  /** The first outcome must be this one. */
  async becomes(state: string): Promise<string> {
    const [got, error] = await this.states.next();
    if (got !== state) throw new Error(`${got} ${error}, expected ${state}`);
    return error;
  }

  /** Event and payload of the next broadcast, without the id that the database adds. */
  async next(): Promise<[string, Any]> {
    const { event, payload } = await this.heard.next();
    const { id: _, ...rest } = payload;
    return [event, rest];
  }

  send = (event: string, payload: Any): Promise<string> => this.channel.send({ type: "broadcast", event, payload });

  /** Who is there, as the client sees it, without references. */
  state(): Any {
    const seen: Any = this.channel.presenceState();
    const bare = ({ presence_ref: _, ...rest }: Any) => rest;
    return Object.fromEntries(Object.keys(seen).sort().map((key) => [key, seen[key].map(bare)]));
  }

  async sees(expected: Any): Promise<void> {
    await this.presence.until(() => JSON.stringify(this.state()) === JSON.stringify(expected));
  }
}

async function join(client: SupabaseClient, topic: string, config: Any = {}, listens = false): Promise<Joined> {
  const joined = new Joined(client.channel(topic, { config }), listens).subscribe();
  await joined.becomes("SUBSCRIBED");
  return joined;
}

const bytes = (data: Any): number[] => Array.from(new Uint8Array(data.buffer ?? data));
let turn = 0;
/** A topic nobody used before. */
const topic = (prefix = "room"): string => `${prefix}:${++turn} é/x`;

async function member(vsn: string): Promise<SupabaseClient> {
  const client = make(vsn);
  const email = `member-${vsn}-${clients.length}@example.com`;
  const { error } = await client.auth.signUp({ email, password: "correct horse battery" });
  if (error) throw error;
  await client.realtime.setAuth();
  return client;
}

const other: Record<string, string> = { "1.0.0": "2.0.0", "2.0.0": "1.0.0" };

async function drive(vsn: string): Promise<void> {
  const say = (what: string) => `${what} (${vsn})`;
  const [ada, bob] = [make(vsn), make(other[vsn], keys.anon)];
  const [maria, mario] = [await member(vsn), await member(other[vsn])];
  const secret = make(vsn, keys.service_role);

  await step(say("broadcast reaches the others, in both versions"), async () => {
    const name = topic();
    const [a, b] = [await join(ada, name), await join(bob, name)];
    same(await a.send("one", { n: 1, s: "é😀" }), "ok");
    same(await b.next(), ["one", { n: 1, s: "é😀" }]);
    await b.send("two", { n: [null, 1.5] });
    same(await a.next(), ["two", { n: [null, 1.5] }]);
    same([a.heard.all.length, b.heard.all.length], [1, 1]);
  });
  await step(say("broadcast with self and ack"), async () => {
    const a = await join(ada, topic(), { broadcast: { self: true, ack: true } });
    same(await a.send("one", { n: 1 }), "ok");
    same(await a.next(), ["one", { n: 1 }]);
  });
  await step(say("broadcasts keep their order"), async () => {
    const name = topic();
    const [a, b] = [await join(ada, name), await join(bob, name)];
    for (let n = 0; n < 200; n++) a.send("count", { n });
    await b.heard.until((all) => all.length === 200);
    same(b.heard.all.map((m) => m.payload.n), [...Array(200).keys()]);
  });
  await step(say("binary broadcast reaches version 2 only"), async () => {
    const name = topic();
    const sender = await join(make("2.0.0"), name);
    const [mine, theirs] = [await join(ada, name), await join(bob, name)];
    await sender.send("bytes", new Uint8Array([0, 255, 7]).buffer);
    await sender.send("end", {});
    const [two, one] = vsn === "2.0.0" ? [mine, theirs] : [theirs, mine];
    const got = await two.heard.next();
    same([got.event, bytes(got.payload)], ["bytes", [0, 255, 7]]);
    same([await two.next(), await one.next()], [["end", {}], ["end", {}]]);
  });

  await step(say("presence: state, join, update, untrack, leave"), async () => {
    const name = topic();
    const a = await join(ada, name, { presence: { key: "ada", enabled: true } }, true);
    same(await a.channel.track({ step: 1 }), "ok");
    await a.sees({ ada: [{ step: 1 }] });
    const b = await join(bob, name, { presence: { key: "bob", enabled: true } }, true);
    await b.sees({ ada: [{ step: 1 }] });
    await b.channel.track({ step: "b" });
    await a.sees({ ada: [{ step: 1 }], bob: [{ step: "b" }] });
    await a.channel.track({ step: 2 });
    await b.sees({ ada: [{ step: 2 }], bob: [{ step: "b" }] });
    await a.sees({ ada: [{ step: 2 }], bob: [{ step: "b" }] });
    same(await b.channel.untrack(), "ok");
    await a.sees({ ada: [{ step: 2 }] });
    await b.channel.track({ step: "c" });
    await a.sees({ ada: [{ step: 2 }], bob: [{ step: "c" }] });
    same(await b.channel.unsubscribe(), "ok");
    await a.sees({ ada: [{ step: 2 }] });
    const kinds = a.presence.all.map((p) => p.event).filter((event) => event !== "sync");
    same([kinds.includes("join"), kinds.includes("leave")], [true, true]);
  });
  await step(say("presence: two clients under one key"), async () => {
    const name = topic();
    const config = { presence: { key: "us", enabled: true } };
    const [a, b] = [await join(ada, name, config, true), await join(bob, name, config, true)];
    await a.channel.track({ n: 1 });
    await b.sees({ us: [{ n: 1 }] });
    await b.channel.track({ n: 2 });
    await a.sees({ us: [{ n: 1 }, { n: 2 }] });
    await b.channel.unsubscribe();
    await a.sees({ us: [{ n: 1 }] });
  });
  await step(say("presence: six calls in 30 s close the channel"), async () => {
    const a = await join(ada, topic(), { presence: { key: "ada", enabled: true } }, true);
    for (let n = 0; n < 6; n++) a.channel.track({ n });
    await a.becomes("CLOSED");
    const told = a.system.all.at(-1);
    same([told.status, told.message], ["error", "Client presence rate limit exceeded"]);
    same(ada.realtime.isConnected(), true);
  });

  await step(say("HTTP: send before joining, one and binary"), async () => {
    const name = topic();
    const [a, b] = [await join(ada, name), await join(bob, name)];
    const outside = make(vsn).channel(name);
    same(await outside.send({ type: "broadcast", event: "batch", payload: { n: 1 } }), "ok");
    same([await a.next(), await b.next()], [["batch", { n: 1 }], ["batch", { n: 1 }]]);
    same(await outside.httpSend("one/é", { n: 2 }), { success: true });
    same([await a.next(), await b.next()], [["one/é", { n: 2 }], ["one/é", { n: 2 }]]);
    same(await outside.httpSend("bytes", new Uint8Array([1, 0]).buffer), { success: true });
    const got = await (vsn === "2.0.0" ? a : b).heard.next();
    same([got.event, bytes(got.payload)], ["bytes", [1, 0]]);
  });
  await step(say("HTTP: private messages ask the policies"), async () => {
    const [open, closed] = [topic("team"), topic("news")];
    const [a, b] = [await join(maria, open, { private: true }), await join(mario, closed, { private: true })];
    same(await mario.channel(open, { config: { private: true } }).httpSend("yes", { n: 1 }), { success: true });
    same(await a.next(), ["yes", { n: 1 }]);
    const refused = await maria.channel(closed, { config: { private: true } }).httpSend("no", {}).catch(String);
    same(refused, "Error: Unauthorized");
    const batch = await fetch(`${url}/realtime/v1/api/broadcast`, {
      method: "POST",
      headers: { apikey: keys.publishable, "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ topic: closed, event: "no", payload: {}, private: true }] }),
    });
    same([batch.status, await batch.text()], [202, ""]);
    same(await secret.channel(closed, { config: { private: true } }).httpSend("service", {}), { success: true });
    same(await b.next(), ["service", {}]);
  });

  await step(say("private: denied with the reason"), async () => {
    const name = topic("team");
    const denied = new Joined(ada.channel(name, { config: { private: true } })).subscribe();
    const error = await denied.becomes("CHANNEL_ERROR");
    same(error.includes(`Unauthorized: You do not have permissions to read from this Channel topic: ${name}`), true);
    await ada.removeChannel(denied.channel);
    const foreign = new Joined(maria.channel(topic("other"), { config: { private: true } })).subscribe();
    await foreign.becomes("CHANNEL_ERROR");
    await maria.removeChannel(foreign.channel);
  });
  await step(say("private: members read and write; public and private are two rooms"), async () => {
    const name = topic("team");
    const config = { private: true, presence: { key: "k", enabled: true } };
    const [a, b] = [await join(maria, name, config, true), await join(mario, name, config, true)];
    const outside = await join(ada, name, { presence: { enabled: true, key: "o" } }, true);
    await a.send("one", { n: 1 });
    same(await b.next(), ["one", { n: 1 }]);
    await a.channel.track({ n: 1 });
    await b.sees({ k: [{ n: 1 }] });
    await outside.send("public", {});
    await outside.channel.track({ n: "o" });
    await outside.sees({ o: [{ n: "o" }] });
    await b.send("two", {});
    same(await a.next(), ["two", {}]);
    same([outside.heard.all.length, a.state()], [0, { k: [{ n: 1 }] }]);
  });
  await step(say("private: who may only read"), async () => {
    const name = topic("news");
    const a = await join(maria, name, { private: true, broadcast: { ack: true } });
    const [b, quiet] = [await join(mario, name, { private: true }), await join(await member(vsn), name, { private: true })];
    same([await a.send("no", {}), await quiet.send("no", {})], ["error", "ok"]);
    same(await a.channel.track({ n: 1 }), "error");
    await secret.channel(name, { config: { private: true } }).httpSend("yes", {});
    same(await b.next(), ["yes", {}]);
  });
  await step(say("private: presence without broadcast"), async () => {
    const name = topic("lobby");
    const config = { private: true, presence: { key: "m", enabled: true } };
    const [a, b] = [await join(maria, name, config, true), await join(mario, name, config, true)];
    await a.channel.track({ n: 1 });
    await b.sees({ m: [{ n: 1 }] });
    await secret.channel(name, { config: { private: true } }).httpSend("unheard", {});
    await a.channel.untrack();
    await b.sees({});
    same(b.heard.all, []);
  });

  await step(say("database: realtime.send, private and public, text and binary"), async () => {
    const name = topic("team");
    const [a, b] = [await join(maria, name, { private: true }), await join(mario, name, { private: true })];
    const outside = await join(ada, name);
    await maria.rpc("say", { topic: name, numbers: [1] });
    const told = await a.heard.next();
    same([told.event, told.payload.n, told.payload.id === told.meta.id], ["said", 1, true]);
    same(await b.next(), ["said", { n: 1 }]);
    await maria.rpc("say", { topic: name, numbers: [2], private: false });
    same(await outside.next(), ["said", { n: 2 }]);
    await maria.rpc("say_bytes", { topic: name });
    const got = await (vsn === "2.0.0" ? a : b).heard.next();
    same([got.event, bytes(got.payload)], ["bytes", [0, 255]]);
    await maria.rpc("say", { topic: name, numbers: [...Array(100).keys()] });
    const last = (joined: Joined) => joined.heard.all.slice(-100).map((m) => m.payload.n);
    for (const joined of [a, b]) {
      await joined.heard.until((all) => all.at(-1)?.payload.n === 99);
      same(last(joined), [...Array(100).keys()]);
    }
  });
  await step(say("database: broadcast_changes"), async () => {
    const a = await join(maria, "team:notes", { private: true });
    await mario.rpc("change_notes");
    const seen = [];
    for (let n = 0; n < 3; n++) seen.push((await a.next())[1]);
    const table = { table: "notes", schema: "public" };
    const [first, second] = [{ id: 1, text: "a" }, { id: 1, text: "b" }];
    const sorted = (value: Any) => Object.fromEntries(Object.entries(value).sort());
    same(seen.map(sorted), [
      { operation: "INSERT", record: first, old_record: null, ...table },
      { operation: "UPDATE", record: second, old_record: first, ...table },
      { operation: "DELETE", record: null, old_record: second, ...table },
    ].map(sorted));
    await maria.removeChannel(a.channel);
  });
  await step(say("replay brings the last messages once and in order"), async () => {
    const name = topic("team");
    const since = Date.now() - 60_000;
    await maria.rpc("say", { topic: name, numbers: [...Array(30).keys()] });
    const replay = { since, limit: 10 };
    const a = await join(maria, name, { private: true, broadcast: { replay } });
    await maria.rpc("say", { topic: name, numbers: [30, 31] });
    await a.heard.until((all) => all.length === 12);
    same(a.heard.all.map((m) => m.payload.n), [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);
    same(a.heard.all.map((m) => m.meta.replayed ?? false), [...Array(10).fill(true), false, false]);
    const bad = new Joined(maria.channel(topic("team"), { config: { private: true, broadcast: { replay: { since: "x" } } } } as Any));
    same((await bad.subscribe().becomes("CHANNEL_ERROR")).includes("Replay params are not valid"), true);
    await maria.removeChannel(bad.channel);
  });
  await step(say("replication_ready is announced"), async () => {
    const a = await join(maria, topic("team"), { private: true, broadcast: { replication_ready: true } } as Any);
    const told = await a.system.next();
    same([told.status, told.extension], ["ok", "system"]);
  });

  await step(say("leaving ends delivery, and the name can be joined again"), async () => {
    const name = topic();
    const [a, b] = [await join(ada, name), await join(bob, name)];
    same(await b.channel.unsubscribe(), "ok");
    await b.becomes("CLOSED");
    same(await a.send("unheard", {}), "ok");
    const again = await join(bob, name);
    await a.send("heard", {});
    same([await again.next(), b.heard.all.length], [["heard", {}], 0]);
  });
  await step(say("a cut connection comes back, with its channels"), async () => {
    const name = topic("team");
    const cut = await member(vsn);
    const before = sockets.length;
    const a = await join(cut, name, { private: true, presence: { key: "cut", enabled: true } }, true);
    const mine = sockets[before];
    const b = await join(mario, name, { private: true, presence: { key: "b", enabled: true } }, true);
    await a.channel.track({ n: 1 });
    await b.sees({ cut: [{ n: 1 }] });
    mine.close(3000, "cut");
    await a.states.until((all) => all.filter(([state]) => state === "SUBSCRIBED").length === 2);
    await b.sees({});
    await maria.rpc("say", { topic: name, numbers: [7] });
    same(await a.next(), ["said", { n: 7 }]);
  });
  await step(say("a token that opens less closes the channel, a fresh one does not"), async () => {
    const name = topic("team");
    const client = await member(vsn);
    const a = await join(client, name, { private: true });
    const { error } = await client.auth.refreshSession();
    if (error) throw error;
    await client.realtime.setAuth();
    await mario.rpc("say", { topic: name, numbers: [1] });
    same(await a.next(), ["said", { n: 1 }]);
    await client.realtime.setAuth(keys.anon);
    await a.becomes("CLOSED");
    same(a.system.all.at(-1).status, "error");
  });
  await step(say("a key that opens nothing does not connect"), async () => {
    const nobody = new Joined(make(vsn, "sb_publishable_nobody").channel(topic())).subscribe();
    const [state] = await nobody.states.next();
    same(["CHANNEL_ERROR", "TIMED_OUT"].includes(state), true);
    await clients.at(-1)!.removeAllChannels();
  });
}

for (const vsn of ["2.0.0", "1.0.0"]) await drive(vsn);
for (const client of clients) client.realtime.disconnect();
console.log(JSON.stringify({ version: about.version, steps: report }));
Deno.exit(0);
