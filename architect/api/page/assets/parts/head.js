// The head of one session: title, status, what is happening now, and what can be done about it.

import { h, icon, show } from "../dom.js";
import { ago, duration, moment } from "../format.js";
import { NODES, titleOf } from "../model/words.js";
import { ENDED, shownStatus, statusBadge, waits } from "./status.js";

const TICK_MS = 250;
const SURE_MS = 4000;
const STATES = {
  live: ["Live", "Events arrive as they happen."],
  connecting: ["Connecting…", "Until the live connection is there, the log is read every few seconds."],
  offline: ["Offline", "Nothing is lost: what you miss is read as soon as you are back."],
};

export class Head {
  /** `actions`: `cancel()` and `retry()`, which report errors themselves. */
  constructor(actions) {
    this.actions = actions;
    this.title = h("h1", { tabindex: "-1" }, "Build");
    this.badge = h("span");
    this.connection = h("span", { class: "connection", "data-state": "connecting" }, STATES.connecting[0]);
    this.meta = h("p", { class: "meta" });
    this.now = h("p", { class: "now" });
    this.buttons = h("div", { class: "actions" });
    this.run = h("span");
    this.element = h("header", { class: "session-head" },
      h("div", { class: "head-line" }, this.badge, this.connection, this.now, this.buttons), this.title, this.meta);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.unsure);
  }

  connected(state) {
    const [word, words] = STATES[state];
    this.connection.dataset.state = state;
    this.connection.textContent = word;
    this.connection.title = words;
  }

  /** A link to the run in the Prefect UI, when there is one. */
  setRun(url) {
    show(this.run, url && h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "Prefect run ", icon("out"),
      h("span", { class: "unseen" }, " (opens in a new tab)")));
  }

  draw(session, plan, build) {
    Object.assign(this, { session, build });
    this.title.textContent = titleOf(plan, session.vibeText);
    if (this.shown !== shownStatus(session)) {
      this.shown = shownStatus(session);
      show(this.badge, statusBadge(this.shown));
      this.#offer(session.status);
    }
    show(this.meta, h("span", { class: "tag" }, session.template ?? "lake"),
      h("time", { datetime: session.createdAt, title: moment(session.createdAt) }, ago(session.createdAt)),
      session.environment && h("span", {}, `${session.environment.mode} ${session.environment.ref}`), this.run);
    this.tick();
  }

  /** What happens now and for how long already. */
  tick() {
    const { session, build } = this;
    // Without a network nobody knows whether it still goes on.
    if (!session || this.connection.dataset.state === "offline") return;
    const { startedAt, endedAt, node } = build;
    const ended = ENDED.has(session.status);
    const took = startedAt ? (ended && endedAt ? new Date(endedAt) : Date.now()) - new Date(startedAt) : null;
    let words = this.what ?? NODES[node] ?? "";
    if (session.status === "queued") words = "Waiting for a worker";
    if (waits(session)) words = "Nothing is built until somebody agrees";
    if (ended) words = endedAt ? "Took" : "";
    show(this.now, h("span", { class: "what" }, words), took !== null && (endedAt || !ended) && h("span", { class: "elapsed" }, duration(took)));
  }

  #offer(status) {
    clearTimeout(this.unsure);
    const offers = [];
    if (status === "queued" || status === "running") offers.push(this.#cancel());
    if (status === "failed" || status === "canceled") {
      offers.push(h("button", { type: "button", class: "primary", "data-action": "retry", onclick: (e) => this.#act(e, this.actions.retry) },
        icon("retry"), "Try again"));
    }
    show(this.buttons, offers);
  }

  /** Asks once more: a canceled build cannot be told to go on, only to start again. */
  #cancel() {
    const button = h("button", { type: "button", class: "plain", "data-action": "cancel" }, "Cancel");
    button.addEventListener("click", (event) => {
      if (button.dataset.sure) {
        this.#act(event, this.actions.cancel);
        return;
      }
      button.dataset.sure = "yes";
      button.textContent = "Really cancel?";
      this.unsure = setTimeout(() => {
        delete button.dataset.sure;
        button.textContent = "Cancel";
      }, SURE_MS);
    });
    return button;
  }

  async #act(event, action) {
    const button = event.currentTarget;
    clearTimeout(this.unsure);
    button.disabled = true;
    await action();
    button.disabled = false;
  }
}
