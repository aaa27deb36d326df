// Asks the session API as the person who is signed in.

/** What the API refused, or why it could not be reached: `code`, `message`, `hint`, `details`, `status`. */
export class ApiError extends Error {
  constructor({ code, message, hint = null, details = {}, status = 0 }) {
    super(message);
    Object.assign(this, { code, hint, details, status });
  }
}

const AWAY = {
  code: "unreachable",
  message: "The server does not answer.",
  hint: "Check the network, and that the server is up.",
};

export class Api {
  /** `auth` gives access tokens, see auth.js. */
  constructor(auth) {
    this.auth = auth;
  }

  /** The JSON that `path` answers with; throws `ApiError`. */
  get(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
    const search = new URLSearchParams(given).toString();
    return this.#ask("GET", search ? `${path}?${search}` : path);
  }

  post(path, body, headers = {}) {
    return this.#ask("POST", path, body, headers);
  }

  async #ask(method, path, body, headers = {}, again = true) {
    const token = await this.auth.token();
    const asked = { method, headers: { ...headers, authorization: `Bearer ${token}` }, cache: "no-store" };
    if (body !== undefined) {
      asked.body = JSON.stringify(body);
      asked.headers["content-type"] = "application/json";
    }
    let response;
    try {
      response = await fetch(path, asked);
    } catch {
      throw new ApiError(AWAY);
    }
    if (response.status === 401) {
      if (again && (await this.auth.refresh())) return this.#ask(method, path, body, headers, false);
      await this.auth.ended();
    }
    return answered(response);
  }
}

async function answered(response) {
  let value = null;
  try {
    value = await response.json();
  } catch {
    if (response.ok) return null;
  }
  if (response.ok) return value;
  const told = value?.error ?? {};
  throw new ApiError({
    code: told.code ?? `http_${response.status}`,
    message: told.message ?? `The server answered ${response.status}.`,
    hint: told.hint,
    details: told.details,
    status: response.status,
  });
}
