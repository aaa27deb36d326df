// One session: followed live while it is built, and everything it made when it is done.

import { announce, errorBox, h, show } from "../dom.js";
import { Feed } from "../live/feed.js";
import { Build } from "../model/build.js";
import { NODES, WRITERS, titleOf } from "../model/words.js";
import { analyticsCard } from "../parts/analytics.js";
import { approvalCard, decisionCard } from "../parts/approval.js";
import { DriftCard, underWay } from "../parts/drift.js";
import { Head } from "../parts/head.js";
import { matrixCard } from "../parts/matrix.js";
import { failureCard, questionsCard, resultCard, specCard } from "../parts/results.js";
import { Stage } from "../parts/stage.js";
import { ENDED, waits } from "../parts/status.js";
import { Steps } from "../parts/steps.js";
import { Timeline } from "../parts/timeline.js";

/** An event is written a moment before the status that it announces. */
const SETTLE_MS = [0, 400, 1200, 3000];
/** A look that finds nothing is no event: the watch is read again, sooner while something is under way. */
const [SOON_MS, LATER_MS] = [2000, 60_000];

export function session(app, { id }) {
  const view = new SessionView(app, id);
  view.start();
  return { title: "Build", element: view.element, close: () => view.close() };
}

class SessionView {
  constructor(app, id) {
    Object.assign(this, { app, id, api: app.api, session: null, plan: null, matrix: null, cursor: null, closed: false });
    this.build = new Build();
    this.head = new Head({ cancel: () => this.#act("cancel"), retry: () => this.#act("retry") });
    this.steps = new Steps();
    this.stage = new Stage(this.build);
    this.timeline = new Timeline();
    this.drift = new DriftCard((verb, alerts) => this.#guard(verb, alerts));
    [this.problem, this.feedProblem, this.above, this.below] = [h("div"), h("div"), h("div", { class: "stack" }), h("div", { class: "stack" })];
    this.body = h("div", { class: "stack", hidden: true }, this.steps.element, this.above,
      h("div", { class: "watch" }, this.stage.element, this.timeline.element), this.below);
    this.element = h("article", { class: "page wide-page" },
      h("a", { class: "back", href: "#/" }, "← All builds"), this.head.element, this.problem, this.feedProblem, this.body);
    this.feed = new Feed({ auth: app.auth, api: app.api, sessionId: id, on: this.#ears() });
  }

  async start() {
    if (!(await this.refresh())) return;
    this.body.hidden = false;
    this.feed.start();
    if (this.session.status !== "queued") this.#readRun();
    this.#readDrift();
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.again);
    this.feed.close();
    this.head.close();
    this.stage.close();
  }

  #ears() {
    return {
      event: (event, live) => this.#event(event, live),
      cursor: (cursor) => this.#cursor(cursor),
      presence: (list) => this.#presence(list),
      state: (state) => this.#connection(state),
      error: (error) => this.#feedError(error),
    };
  }

  /** Without a network the head says "Offline" already. */
  #feedError(error) {
    const told = error && navigator.onLine ? errorBox(error, { title: "The log could not be read; trying again" }) : null;
    show(this.feedProblem, told);
  }

  /** Reads the session row; false when there is none to show. */
  async refresh() {
    try {
      const read = await this.api.get(`/sessions/${encodeURIComponent(this.id)}`);
      if (this.closed) return false;
      this.session = read;
      this.cursor ??= ENDED.has(read.status) ? null : read.cursor;
      this.#draw();
      this.#drawResults();
      return true;
    } catch (error) {
      if (this.closed) return false;
      const missing = error.status === 404;
      show(this.problem, errorBox(missing ? { message: "There is no such build, or it belongs to somebody else." } : error));
      return Boolean(this.session);
    }
  }

  #event(event, live) {
    const before = this.build.environment;
    const thing = this.build.apply(event);
    if (before && before !== this.build.environment) this.stage.clear();
    this.stage.light(thing, live);
    this.#react(event, live);
    this.#soon();
  }

  #react(event, live) {
    const { type, payload } = event;
    if (type === "plan_created") this.#readPlan();
    if (type === "approval_requested") this.#readPlan().then(() => this.refresh());
    if (type === "plan_approved") this.refresh();
    if (type === "environment_created") this.refresh();
    if (type.startsWith("drift_")) this.#readDrift();
    if (type === "node_started" || type === "node_retrying") {
      this.head.what = null;
      this.#running();
    }
    if (type === "build_succeeded" || type === "build_failed") this.#settle();
    if (!live) return;
    if (type === "node_completed") announce(`${NODES[payload.node] ?? payload.node} done`);
    if (["node_failed", "build_failed", "build_succeeded", "plan_created", "approval_requested", "plan_approved"].includes(type)) announce(event.message);
  }

  #running() {
    if (this.session && (this.session.status === "queued" || (this.build.endedAt === null && this.settled))) {
      this.settled = false;
      this.refresh();
      this.#readRun();
    }
  }

  /** The end was told: read the row until it says so, too. */
  async #settle() {
    const { lastSeq } = this.build;
    for (const wait of SETTLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.closed || !this.build.endedAt || this.build.lastSeq < lastSeq) return;
      await this.refresh();
      if (this.session && ENDED.has(this.session.status)) break;
    }
    this.settled = true;
    this.cursor = null;
    this.head.what = null;
    this.stage.rest();
    this.#draw();
  }

  #cursor(cursor) {
    if (!cursor || (this.session && ENDED.has(this.session.status) && this.settled)) return;
    this.cursor = cursor;
    const { step, focus } = cursor;
    this.head.what = [NODES[step] ?? step, focus?.name].filter(Boolean).join(" · ");
    this.stage.cursor(cursor);
    this.#soon();
  }

  #presence(list) {
    const architect = list.find((one) => one.actor === "architect");
    this.element.dataset.architect = architect ? "present" : "absent";
    if (architect) this.#cursor(architect);
  }

  #connection(state) {
    this.head.connected(state);
    if (this.told && this.told !== state) announce({ live: "Connected", offline: "Offline", connecting: "Connecting" }[state]);
    this.told = state;
  }

  /** One drawing for all events of a moment. */
  #soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (!this.closed) this.#draw();
    });
  }

  #draw() {
    if (!this.session) return;
    this.head.draw(this.session, this.plan, this.build);
    document.title = `${titleOf(this.plan, this.session.vibeText)} · Vibe Architect`;
    this.steps.draw(this.build, this.#progress());
    this.timeline.draw(this.build);
  }

  #progress() {
    if (this.session.status === "succeeded") return 1;
    const told = this.build.endedAt ? 0 : (this.cursor?.progress ?? 0);
    return Math.min(1, Math.max(this.build.progress, told));
  }

  async #readPlan() {
    const plan = await this.#maybe(`/sessions/${this.id}/plan`);
    if (!plan || this.closed || JSON.stringify(plan) === JSON.stringify(this.plan)) return;
    this.plan = plan;
    this.stage.setPlan(plan);
    if (this.cursor) this.stage.cursor(this.cursor);
    this.#draw();
    this.#drawResults();
  }

  async #readRun() {
    const run = await this.#maybe(`/sessions/${this.id}/run`);
    if (!this.closed) this.head.setRun(run?.url);
  }

  /** What is out of order, and what the sentinel knows of it. */
  async #readDrift() {
    const of = `/sessions/${this.id}`;
    const asked = [this.#maybe(`${of}/alerts`), this.#maybe(`${of}/drift`), this.me ?? this.#maybe("/me")];
    const [found, guard, me] = await Promise.all(asked);
    if (this.closed) return;
    this.me = me;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.#readDrift(), guard?.requests.some(underWay) ? SOON_MS : LATER_MS);
    if (!found) return;
    const role = me?.tenants.find((tenant) => tenant.id === this.session.tenantId)?.role;
    this.guarded = guard?.guarded || found.alerts.length > 0;
    this.drift.draw({ alerts: found.alerts, guard, writer: WRITERS.includes(role) });
    this.#drawResults();
  }

  /** What may not be there yet: null then, and on any error, which the feed tells of. */
  async #maybe(path) {
    try {
      return await this.api.get(path);
    } catch {
      return null;
    }
  }

  async #act(verb) {
    try {
      show(this.problem);
      await this.api.post(`/sessions/${this.id}/${verb}`);
      this.settled = verb === "retry";
      this.matrix = null;
    } catch (error) {
      show(this.problem, errorBox(error));
    }
    await this.refresh();
    this.feed.catchUp();
  }

  /** Decides on the plan that is shown, and on no other. */
  async #decide(verb, planHash, note) {
    try {
      show(this.problem);
      await this.api.post(`/sessions/${this.id}/${verb}`, { planHash, note });
    } catch (error) {
      show(this.problem, errorBox(error));
      if (error.code === "plan_changed") await this.#readPlan();
    }
    await this.refresh();
    this.feed.catchUp();
  }

  /** Restores or accepts these alerts, or has the environment checked now. */
  async #guard(verb, alerts) {
    try {
      await this.api.post(`/sessions/${this.id}/drift/${verb}`, alerts && { alerts: alerts.map(({ id }) => id) });
    } finally {
      await this.#readDrift();
      this.feed.catchUp();
    }
  }

  /** One card for as long as it is about the same plan: whoever writes a note keeps it when the row is read again. */
  #approval(plan, planHash) {
    if (this.asked?.plan !== plan || this.asked.planHash !== planHash) {
      this.asked = { plan, planHash, card: approvalCard(plan, (verb, note) => this.#decide(verb, planHash, note)) };
    }
    return this.asked.card;
  }

  /** The cards below and above the diagram; drawn when the row changes, not with every event. */
  async #drawResults() {
    const { session: read, plan } = this;
    if (!read) return;
    const done = read.status === "succeeded";
    if (done && !this.matrix) this.matrix = await this.#maybe(`/sessions/${this.id}/access-matrix`);
    if (this.closed || read !== this.session) return;
    const failed = read.status === "failed" || read.status === "canceled";
    const { analytics } = read.outputs ?? {};
    const ask = (name, parameters) => this.api.post(`/sessions/${this.id}/analytics/query`, { name, parameters });
    const { approval } = read;
    const waiting = waits(read) && plan;
    if (!waiting) this.asked = null; // asked once more, even about the same plan, is a new question
    show(this.above, this.guarded && this.drift.urgent && this.drift.element, failed && failureCard(read), done && read.environment && resultCard(read),
      waiting && this.#approval(plan, approval.planHash),
      approval && approval.state !== "waiting" && decisionCard(approval));
    show(this.below,
      this.guarded && !this.drift.urgent && this.drift.element,
      done && this.matrix && matrixCard(this.matrix, plan ? plan.tables.map((table) => table.name) : []),
      !waiting && plan?.open_questions.length > 0 && questionsCard(plan.open_questions),
      done && analytics && analyticsCard(analytics, ask),
      specCard(read.vibeText ?? ""));
  }
}
