// The sentinel's part of a session: what is guarded, when it was looked at, and what is out of order.

import { announce, errorBox, h, icon, show } from "../dom.js";
import { ago, count, moment } from "../format.js";
import { alertItem, isOpen } from "./alert.js";
import { sureButton } from "./sure.js";

const DOING = { restore: "Restoring", accept: "Accepting", check: "Checking" };
const RANK = ["critical", "high", "medium", "low", "info"];

export class DriftCard {
  /** `act(verb, alerts)` restores, accepts, or, without alerts, checks now. */
  constructor(act) {
    this.act = act;
    this.badge = h("span");
    this.guard = h("div", { class: "guard" });
    this.list = h("ul", { class: "alerts" });
    [this.blind, this.minor, this.past] = [new Folded("blind"), new Folded("past"), new Folded("past")];
    this.check = h("button", { type: "button", class: "small", "data-action": "check", onclick: (event) => this.#check(event) }, icon("retry"), "Check now");
    [this.actions, this.problem] = [h("div", { class: "actions" }), h("div")];
    this.element = h("section", { class: "card drift-card", "aria-labelledby": "drift-title" },
      h("div", { class: "card-head" }, h("h2", { id: "drift-title" }, "Drift"), this.badge, this.actions),
      this.problem, this.guard, this.blind.element, this.list, this.minor.element, this.past.element);
  }

  /** What says the same stays the same element: an opened text stays open, a question stays asked. */
  draw({ alerts, guard, writer }) {
    const act = writer ? (verb, alerts) => this.#act(verb, alerts) : null;
    const open = alerts.filter(isOpen).sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
    this.urgent = open.some(weighs);
    show(this.badge, badge(open, guard));
    show(this.actions, act && guard?.guarded && this.check, act && restoreAll(open, act));
    show(this.guard, guardWords(guard, open));
    show(this.list, this.#items(open.filter(weighs), act));
    for (const time of this.list.querySelectorAll("time")) time.textContent = ago(time.dateTime);
    this.blind.draw(guard?.blind ?? [], (n) => `Cannot see ${count(n, "thing")}`, blindSpot);
    this.minor.draw(open.filter((alert) => !weighs(alert)), (n) => `${count(n, "difference")} without weight`, (alert) => alertItem(alert, act));
    this.past.draw(alerts.filter((alert) => !isOpen(alert)), (n) => `${count(n, "alert")} of before`, (alert) => alertItem(alert));
  }

  /** One element for as long as the alert says the same. */
  #items(open, act) {
    const kept = new Map();
    for (const alert of open) {
      const { lastSeenAt, ...said } = alert;
      const key = JSON.stringify([said, Boolean(act)]);
      kept.set(key, this.items?.get(key) ?? alertItem(alert, act));
    }
    this.items = kept;
    return [...kept.values()];
  }

  async #check(event) {
    const button = event.currentTarget;
    button.disabled = true;
    await this.#act("check");
    button.disabled = false;
  }

  async #act(verb, alerts) {
    show(this.problem);
    try {
      announce(DOING[verb]);
      await this.act(verb, alerts);
    } catch (error) {
      show(this.problem, errorBox(error));
    }
  }
}

const weighs = (alert) => alert.severity !== "info";
const blindSpot = ({ what, why }) => h("li", {}, h("code", {}, what), ` ${why}`);

/** A list behind a heading; not drawn again while it is the same, since it may have been opened. */
class Folded {
  constructor(kind) {
    this.kind = kind;
    this.element = h("div");
  }

  draw(items, title, item) {
    const drawn = JSON.stringify(items);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const list = () => h("ul", { class: this.kind === "blind" ? null : "alerts" }, items.map(item));
    show(this.element, items.length > 0 && h("details", { class: this.kind }, h("summary", {}, title(items.length)), list()));
  }
}

function badge(open, guard) {
  const worst = open.find(weighs)?.severity;
  if (guard?.state === "blind" || open.some((alert) => alert.type === "sentinel_blind")) {
    return h("span", { class: "badge severity-high", "data-guard": "blind" }, icon("warn"), "Blind");
  }
  if (worst) return h("span", { class: `badge severity-${worst}`, "data-guard": "drift" }, icon("warn"), severities(open.filter(weighs)));
  if (!guard?.guarded) return h("span", { class: "badge", "data-guard": "off" }, "Not guarded");
  if (!guard.lookedAt) return h("span", { class: "badge", "data-guard": "waiting" }, icon("clock"), "Not checked yet");
  return h("span", { class: "badge status-succeeded", "data-guard": "clean" }, icon("check"), guard.expectation?.reason === "accepted" ? "As accepted" : "As it was built");
}

export const underWay = ({ state }) => state === "waiting" || state === "running";

/** What was asked for last, as long as it is not done, or when it could not be. */
function asked(request) {
  if (!request) return null;
  const verb = { check: "A check", restore: "A restore", accept: "An acceptance" }[request.verb];
  if (underWay(request)) {
    return h("p", { class: "notice", role: "status" }, `${verb} is under way, asked for ${ago(request.requestedAt)}.`);
  }
  const left = request.result?.left ?? [];
  const why = request.state === "failed" ? request.error?.message : left.map((one) => one.why).join("; ");
  return why ? h("p", { class: "notice bad" }, h("strong", {}, `${verb} of ${ago(request.requestedAt)} was not done completely`), why) : null;
}

function calm(guard) {
  if (!guard.guarded) return "Nobody looks whether the environment stays as it was built.";
  if (guard.state === "clear") return "Nothing differs from what was built, or accepted since.";
  return guard.lookedAt ? "" : "The first look comes with the next sweep.";
}

/** "in 3 minutes"; what should have been by now is about to be. */
const coming = (iso) => (new Date(iso) - Date.now() > 60_000 ? ago(iso) : "any moment");

/** "1 critical, 2 high" */
const severities = (open) => RANK.map((level) => [open.filter((alert) => alert.severity === level).length, level])
  .filter(([number]) => number).map(([number, level]) => `${number} ${level}`).join(", ");

function restoreAll(open, act) {
  const proven = open.filter((alert) => alert.restorable);
  return proven.length > 1 && sureButton(`Restore all ${proven.length}`, "Really restore all?", () => act("restore", proven),
    { class: "small", "data-action": "restore-all", title: "Run every fix that is proven and loses nothing" });
}

function guardWords(guard, open) {
  if (!guard) return null;
  const time = (label, at) => at && h("span", {}, `${label} `, h("time", { datetime: at, title: moment(at) }, ago(at)));
  const said = [
    time("Last look", guard.lookedAt),
    guard.guarded && guard.nextLookAt && h("span", {}, "next ", h("time", { datetime: guard.nextLookAt, title: moment(guard.nextLookAt) }, coming(guard.nextLookAt))),
    time("everything compared", guard.checkedAt),
    guard.expectation && h("span", {}, `with ${count(guard.expectation.facts, "fact")} as ${guard.expectation.reason} `,
      h("time", { datetime: guard.expectation.recordedAt, title: moment(guard.expectation.recordedAt) }, ago(guard.expectation.recordedAt))),
  ].filter(Boolean);
  return [
    said.length > 0 && h("p", { class: "meta" }, said),
    asked(guard.requests[0]),
    guard.error && h("p", { class: "notice bad" }, h("strong", {}, "Nothing is known now"), guard.error.message, guard.error.hint && h("span", { class: "hint" }, ` ${guard.error.hint}`)),
    !open.length && calm(guard) && h("p", { class: "hint" }, calm(guard)),
  ];
}
