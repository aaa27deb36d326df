// Follows one build with supabase-js: once undisturbed, once over a connection that a test cuts, and as two who
// have no right to. Settings come as the first line of stdin, the session's id as the second, the number of its
// events as the third; lines of JSON say how far this is.
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import about from "@supabase/supabase-js/package.json" with { type: "json" };

// deno-lint-ignore no-explicit-any
type Loose = any;

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
let pending = "";

async function nextLine(): Promise<Loose> {
  while (!pending.includes("\n")) {
    const { value, done } = await lines.read();
    if (done) Deno.exit(2);
    pending += value;
  }
  const [line, ...rest] = pending.split("\n");
  pending = rest.join("\n");
  return JSON.parse(line);
}

const say = (line: unknown) => console.log(JSON.stringify(line));
const settings = await nextLine();

async function signIn(url: string, who: { email: string; password: string }): Promise<[SupabaseClient, string]> {
  const client = createClient(url, settings.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await client.auth.signInWithPassword(who);
  if (error) throw error;
  await client.realtime.setAuth();
  return [client, data.session.access_token];
}

class Follower {
  /** What came over the channel, as it came. */
  live: Loose[] = [];
  /** The list a page would show: each event once, in order. */
  list: Loose[] = [];
  cursors: Loose[] = [];
  seen: Loose[] = [];
  statuses: string[] = [];
  filled = 0;
  gone = false;
  #filling: Promise<void> = Promise.resolve();

  constructor(readonly client: SupabaseClient, readonly token: string, readonly session: string) {}

  follow(): Promise<void> {
    const channel = this.client.channel(`build:${this.session}`, { config: { private: true } });
    channel.on("broadcast", { event: "*" }, (message: Loose) => {
      if (message.event === "cursor") this.cursors.push(message.payload);
      else this.#take(message.payload, true);
    });
    channel.on("presence", { event: "sync" }, () => this.#look(channel));
    return new Promise((resolve) =>
      channel.subscribe((status) => {
        this.statuses.push(status);
        if (status !== "SUBSCRIBED") return;
        this.#filling = this.#filling.then(() => this.#fill());
        this.#filling.then(resolve);
      })
    );
  }

  #look(channel: RealtimeChannel): void {
    const [here] = (channel.presenceState()["architect"] ?? []) as Loose[];
    if (here) this.seen.push({ ...here, presence_ref: undefined });
    this.gone = !here;
  }

  #take(event: Loose, live: boolean): void {
    if (live) this.live.push(event);
    if (this.list.some((known) => known.seq === event.seq)) return;
    if (!live) this.filled += 1;
    this.list.push(event);
    this.list.sort((a, b) => a.seq - b.seq);
  }

  /** From the first gap on, for as long as there is more. */
  async #fill(): Promise<void> {
    const gap = this.list.findIndex((event, index) => event.seq !== index + 1);
    const after = gap < 0 ? this.list.length : gap;
    const address = `${settings.api}/sessions/${this.session}/events?after=${after}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${this.token}` } });
    for (const event of await answer.json()) this.#take(event, false);
  }

  async complete(count: number): Promise<Loose> {
    while (this.list.length < count || !this.gone) await new Promise((resolve) => setTimeout(resolve, 50));
    const { live, list, cursors, seen, statuses, filled } = this;
    return { live: live.map((event) => event.seq), list, cursors, seen, statuses, filled };
  }
}

/** How joining ends for somebody who must not. */
async function refusal(client: SupabaseClient, session: string): Promise<Loose> {
  const channel = client.channel(`build:${session}`, { config: { private: true } });
  const ended = await new Promise((resolve) =>
    channel.subscribe((status, error) => resolve({ status, error: error?.message }))
  );
  await client.removeAllChannels();
  return ended;
}

const [steady, token] = await signIn(settings.url, settings.member);
const [sleeper] = await signIn(settings.proxyUrl, settings.member);
const [stranger, strangersToken] = await signIn(settings.url, settings.stranger);
const nobody = createClient(settings.url, settings.publishableKey);
say({ version: about.version });

const { session } = await nextLine();
const followers = [new Follower(steady, token, session), new Follower(sleeper, token, session)];
await Promise.all(followers.map((one) => one.follow()));
const refused = await Promise.all([stranger, nobody].map((client) => refusal(client, session)));
const denied = await fetch(`${settings.api}/sessions/${session}/events`, {
  headers: { authorization: `Bearer ${strangersToken}` },
});
say({ refused, denied: denied.status });

const { events } = await nextLine();
const [undisturbed, interrupted] = await Promise.all(followers.map((one) => one.complete(events)));
say({ undisturbed, interrupted });
Deno.exit(0);
