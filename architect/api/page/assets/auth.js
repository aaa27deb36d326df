// Signs people in through the control plane's own project; supabase-js keeps and refreshes their token.

const REFUSALS = {
  invalid_credentials: "E-mail address or password is wrong.",
  email_not_confirmed: "This e-mail address has not been confirmed yet.",
  user_banned: "This account has been locked.",
  over_request_rate_limit: "Too many attempts. Wait a moment and try again.",
  validation_failed: "Give an e-mail address and a password.",
};

export class Auth {
  /** `config` is what /config.json says: `supabaseUrl` and `publishableKey`. */
  constructor(config) {
    this.client = globalThis.supabase.createClient(config.supabaseUrl, config.publishableKey, {
      auth: { storageKey: "vibe-architect", detectSessionInUrl: false },
    });
    /** Called when the session has ended, here or in another tab. */
    this.onend = () => {};
    this.client.auth.onAuthStateChange((event) => {
      if (event === "SIGNED_OUT") this.onend();
    });
  }

  /** Who is signed in, or null. */
  async user() {
    const { data } = await this.client.auth.getSession();
    return data.session?.user ?? null;
  }

  /** A token that is valid now; "" when nobody is signed in. */
  async token() {
    const { data } = await this.client.auth.getSession();
    return data.session?.access_token ?? "";
  }

  /** Whether a new token could be had. */
  async refresh() {
    const { error } = await this.client.auth.refreshSession();
    return !error;
  }

  /** Null, or why not, in words. */
  async signIn(email, password) {
    const { error } = await this.client.auth.signInWithPassword({ email, password });
    if (!error) return null;
    if (error.name === "AuthRetryableFetchError") return "The sign-in service does not answer. Try again in a moment.";
    if (error.code in REFUSALS) return REFUSALS[error.code];
    return error.status === 400 ? REFUSALS.invalid_credentials : error.message;
  }

  /** Forgets the token here, and tells the project when it can be reached. */
  async signOut() {
    await this.client.auth.signOut({ scope: "local" });
  }

  /** The API refused the token for good. */
  async ended() {
    await this.signOut();
  }
}
