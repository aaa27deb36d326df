// One difference between what was built and what is there now: what, why it matters, and what puts it right.

import { copyButton, h, icon } from "../dom.js";
import { ago, count, moment, number } from "../format.js";
import { sureButton } from "./sure.js";

const DIRECTIONS = { weaker: "weaker", stronger: "stronger", equal: "same meaning", both: "weaker and stronger" };
const NAMED = 6;
const OPEN = new Set(["open", "acknowledged"]);

export const isOpen = (alert) => OPEN.has(alert.status);

/** `act(verb, alerts)` restores or accepts; without it there are no buttons. */
export function alertItem(alert, act) {
  const { direction, resource } = alert;
  return h("li", { class: `alert severity-${alert.severity}`, "data-alert": alert.id, "data-type": alert.type, "data-status": alert.status },
    h("div", { class: "alert-head" },
      h("span", { class: `badge severity-${alert.severity}` }, alert.severity),
      h("h3", {}, resource.kind && h("span", { class: "kind" }, `${words(resource.kind)} `), nameOf(resource)),
      h("span", { class: "tag" }, words(alert.type)),
      direction && h("span", { class: `tag direction-${direction}` }, DIRECTIONS[direction]),
      !isOpen(alert) && h("span", { class: "tag" }, alert.closedHow ?? alert.status),
      h("time", { datetime: alert.firstSeenAt, title: `First seen ${moment(alert.firstSeenAt)}` }, ago(alert.firstSeenAt))),
    h("p", { class: "reason" }, alert.reason),
    alert.witness && h("p", { class: "witness" }, icon("warn"), h("span", {}, h("strong", {}, "Seen on a clone: "), alert.witness.sentence)),
    alert.latent && h("p", { class: "hint" }, "Latent: on a clone nobody could do more than before, as things are now."),
    spec(alert),
    change(alert),
    touches(alert.blastRadius),
    fix(alert.fix),
    act && isOpen(alert) && buttons(alert, act));
}

const words = (text) => String(text).replaceAll("_", " ");
const nameOf = ({ schema, name }) => (schema ? `${schema}.${name}` : name);

function spec({ specChunk: chunk, people }) {
  const words = chunk?.quote ?? chunk?.excerpt;
  return [
    words && h("div", { class: "said" },
      h("h4", {}, chunk.how === "plan" ? "The spec says" : "The nearest the spec says", chunk.heading && ` · ${chunk.heading}`), h("blockquote", {}, words)),
    people?.length > 0 && h("p", { class: "hint" }, `Whom it affects: ${people.join(", ")}`),
  ];
}

function change({ before, after }) {
  if (before === null && after === null) return null;
  const text = (label, value, kind) => h("div", { class: `text-${kind}` }, h("h4", {}, label),
    value === null ? h("p", { class: "hint" }, "nothing") : h("pre", {}, value));
  return h("div", { class: "change" }, text("As it should be", before, "old"), text("As it is", after, "new"));
}

function touches(radius) {
  if (!radius?.length) return null;
  const kinds = new Map();
  for (const { kind } of radius) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counted = [...kinds].map(([kind, n]) => count(n, words(kind), many(words(kind)))).join(", ");
  const first = radius.slice(0, NAMED).map(nameOf).join(", ");
  if (radius.length <= NAMED) return h("p", { class: "touches" }, h("strong", {}, "Touches "), `${counted}: `, h("code", {}, first));
  return h("details", { class: "touches" }, h("summary", {}, `Touches ${counted}`),
    h("ul", {}, radius.map((one) => h("li", {}, h("span", { class: "kind" }, `${words(one.kind)} `), h("code", {}, nameOf(one))))));
}

const many = (word) => (word.endsWith("y") ? `${word.slice(0, -1)}ies` : /(x|s)$/.test(word) ? `${word}es` : `${word}s`);

function fix(made) {
  if (!made) return null;
  const { proof } = made;
  if (!made.sql) return h("p", { class: "hint" }, `No fix is offered, since none was proven on a clone. ${proof?.whyNot ?? ""}`);
  const proven = made.proven
    ? h("span", { class: "badge proven" }, icon("check"), "Proven")
    : h("span", { class: "badge unproven" }, "Not proven");
  const how = made.proven
    ? `on ${proof?.where ?? "a clone"}: ${number(proof?.compared ?? 0)} facts compared, none differs`
    : proof?.whyNot;
  return h("details", { class: "fix" },
    h("summary", {}, "What puts it right ", proven),
    how && h("p", { class: "hint" }, how),
    proof?.missing?.length > 0 && h("p", { class: "hint" }, `The clone was without ${proof.missing.join(", ")}.`),
    made.hazards.length > 0 && h("p", { class: "hazards" }, "Mind: ", made.hazards.map((hazard) => h("span", { class: "tag hazard" }, words(hazard).toLowerCase()))),
    !made.automatic && h("p", { class: "hint" }, "Data may be lost or cannot come back: read it before you restore."),
    h("div", { class: "snippet" }, h("pre", {}, made.sql), copyButton(made.sql, "the SQL")));
}

function buttons(alert, act) {
  const name = nameOf(alert.resource);
  return h("div", { class: "actions" },
    alert.fix?.proven && sureButton("Restore", alert.restorable ? "Really restore?" : "Data may be lost. Really?", () => act("restore", [alert]),
      { class: alert.restorable ? "primary small" : "small", "data-action": "restore", title: `Run the SQL on the environment, so that ${name} is as it was built` }),
    sureButton("Accept", "Really accept?", () => act("accept", [alert]),
      { class: "small", "data-action": "accept", title: `From now on ${name} is to be as it is` }));
}
