// Every event of a session exactly once and in order, live while there is a channel, read again where there was none.

const PAGE = 1000;
/** A hole in the numbers usually fills itself: what is missing is on its way. */
const HOLE_MS = 250;
/** How often the log is read while there is no channel, and, in case it died unnoticed, while there is one. */
const POLL_MS = 3000;
const POLLS_WHEN_LIVE = 5;
/** A channel that the server closed is opened again after these; supabase-js does the rest by itself. */
const BACKOFF_MS = [1000, 2000, 5000, 10_000];

export class Feed {
  /**
   * `on.event(event, live)` gets each event once, in the order of `seq`; `on.cursor(cursor)` and
   * `on.presence(list)` what the architect shows; `on.state("connecting" | "live" | "offline")`;
   * `on.error(error)` when the log cannot be read at all.
   */
  constructor({ auth, api, sessionId, on }) {
    Object.assign(this, { auth, api, sessionId, on });
    this.last = 0;
    this.ahead = new Map();
    this.channel = null;
    this.failures = 0;
    this.closed = false;
    this.reading = null;
    this.wake = () => this.#wake();
    this.sleep = () => this.#say("offline");
  }

  start() {
    addEventListener("online", this.wake);
    addEventListener("offline", this.sleep);
    document.addEventListener("visibilitychange", this.wake);
    this.poll = setInterval(() => this.#poll(), POLL_MS);
    this.catchUp();
    this.#join();
  }

  close() {
    this.closed = true;
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.sleep);
    document.removeEventListener("visibilitychange", this.wake);
    clearInterval(this.poll);
    clearTimeout(this.again);
    clearTimeout(this.hole);
    const { channel } = this;
    this.channel = null;
    if (channel) this.auth.client.removeChannel(channel).catch(() => {});
  }

  /** Reads what is in the log behind the last event; one reader at a time, and once more if asked meanwhile. */
  catchUp() {
    if (this.reading) {
      this.once_more = true;
      return this.reading;
    }
    this.reading = this.#read().finally(() => {
      this.reading = null;
      if (this.once_more && !this.closed) {
        this.once_more = false;
        this.catchUp();
      }
    });
    return this.reading;
  }

  #poll() {
    this.ticks = (this.ticks ?? 0) + 1;
    const due = this.state !== "live" || this.ticks % POLLS_WHEN_LIVE === 0;
    if (due && !document.hidden) this.catchUp();
  }

  async #read() {
    try {
      let page;
      do {
        page = await this.api.get(`/sessions/${this.sessionId}/events`, { after: this.last, limit: PAGE });
        if (this.closed) return;
        for (const event of page) this.#take(event, false);
      } while (page.length === PAGE);
      this.on.error(null);
    } catch (error) {
      if (!this.closed) this.on.error(error);
    }
  }

  /** An event from the channel or from the log: kept until everything before it is there. */
  #take(event, live) {
    if (!(event.seq > this.last)) return;
    // Too large for a broadcast: its body is in the log.
    if (live && event.truncated) this.catchUp();
    else this.ahead.set(event.seq, { event, live });
    while (this.ahead.has(this.last + 1)) {
      const next = this.ahead.get(this.last + 1);
      this.ahead.delete(++this.last);
      this.on.event(next.event, next.live);
    }
    for (const seq of this.ahead.keys()) if (seq <= this.last) this.ahead.delete(seq);
    clearTimeout(this.hole);
    if (this.ahead.size) this.hole = setTimeout(() => this.catchUp(), HOLE_MS);
  }

  async #join() {
    const { client } = this.auth;
    this.#say(navigator.onLine ? "connecting" : "offline");
    try {
      await client.realtime.setAuth();
    } catch {
      // Without a token the join is refused, and tried again like any other refusal.
    }
    if (this.closed) return;
    const channel = client.channel(`build:${this.sessionId}`, { config: { private: true } });
    this.channel = channel;
    channel
      .on("broadcast", { event: "*" }, ({ event, payload }) => this.#heard(event, payload))
      .on("presence", { event: "sync" }, () => this.on.presence(Object.values(channel.presenceState()).flat()))
      .subscribe((status) => channel === this.channel && this.#status(status));
  }

  #heard(event, payload) {
    if (event === "cursor") this.on.cursor(payload);
    else if (payload && Number.isInteger(payload.seq)) this.#take(payload, true);
  }

  #status(status) {
    if (this.closed) return;
    if (status === "SUBSCRIBED") {
      this.failures = 0;
      this.#say("live");
      // What was written before the channel was there is nowhere but in the log.
      this.catchUp();
      return;
    }
    this.#say(navigator.onLine ? "connecting" : "offline");
    // supabase-js joins again after an error, but takes a channel that the server closed for closed.
    if (status === "CLOSED") this.#rejoin();
  }

  #rejoin() {
    this.channel = null;
    clearTimeout(this.again);
    const wait = BACKOFF_MS[Math.min(this.failures++, BACKOFF_MS.length - 1)];
    this.again = setTimeout(() => this.closed || this.#join(), wait);
  }

  /** Back from sleep or back on the network: the log knows more, and the socket may be dead without knowing. */
  #wake() {
    if (this.closed || document.hidden) return;
    this.catchUp();
    const { realtime } = this.auth.client;
    if (!realtime.isConnected()) {
      this.#say("connecting");
      realtime.connect();
    }
  }

  #say(state) {
    if (this.state === state) return;
    this.state = state;
    this.on.state(state);
  }
}
