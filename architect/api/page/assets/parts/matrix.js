// Who may do what: tables down, identities across, a letter for each command and a mark for how far it reaches.

import { h } from "../dom.js";

const HEADINGS = {
  anon: "Anonymous", no_subject: "No user", owner: "Owner", other: "Other user", member: "Member",
  nonmember: "Non-member", service_role: "Service",
};
const COMMANDS = [
  ["S", "read", ["select"]],
  ["I", "insert", ["insert_own", "insert_spoofed"]],
  ["U", "update", ["update", "blind_update"]],
  ["D", "delete", ["delete"]],
];
const OPERATIONS = COMMANDS.flatMap(([, , operations]) => operations);
const REACH = { own: "own rows", tenant: "the tenant's rows", some: "some rows", allow: "all rows", none: "nothing" };
const NOTHING = new Set(["deny", "none"]);

/** `matrix` is what the build measured: `{ identities, tables: { name: { operation: { identity: word } } } }`. */
export function matrixCard(matrix, order) {
  const word = (table, operation, identity) => matrix.tables[table]?.[operation]?.[identity] ?? "none";
  const tables = order.length ? order.filter((name) => name in matrix.tables) : Object.keys(matrix.tables);
  const identities = columns(matrix, tables, word);
  const heading = (identity) => {
    if (identity === "nonmember" && !identities.includes("member")) return "Signed in";
    return identity.startsWith("member_") ? identity.slice(7).replaceAll("_", " ") : HEADINGS[identity] ?? identity;
  };
  const head = h("tr", {}, h("th", { scope: "col" }, "Table"), identities.map((i) => h("th", { scope: "col" }, heading(i))));
  const rows = tables.map((table) => h("tr", { "data-table": table }, h("th", { scope: "row" }, table),
    identities.map((identity) => cell((operation) => word(table, operation, identity), { table, identity }))));
  return h("section", { class: "card matrix-card", "aria-labelledby": "matrix-title" },
    h("div", { class: "card-head" }, h("h2", { id: "matrix-title" }, "Who may do what")),
    h("p", { class: "hint" }, `Every one of ${matrix.cells ?? "these"} cells was tried on the live database and agrees with the plan.`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "matrix-title" },
      h("table", { class: "matrix" }, h("thead", {}, head), h("tbody", {}, rows))),
    legend());
}

/** A token without a user earns a column only when it may do more than nobody, a member only when it matters. */
function columns(matrix, tables, word) {
  const spare = { no_subject: "anon", member: "nonmember" };
  const alike = (one, other) => tables.every((t) => OPERATIONS.every((o) => word(t, o, one) === word(t, o, other)));
  const has = (identity) => matrix.identities.includes(identity);
  return matrix.identities.filter((i) => !(spare[i] && has(i) && has(spare[i]) && alike(i, spare[i])));
}

/** A row in one's own name is the narrow right to insert, one in another's name the wide one. */
function reach(letter, words) {
  if (words.every((w) => NOTHING.has(w))) return "none";
  if (letter === "I") return NOTHING.has(words[1]) ? "own" : words[1];
  return NOTHING.has(words[0]) ? words[1] : words[0];
}

function cell(word, { table, identity }) {
  const found = COMMANDS.map(([letter, verb, operations]) => [letter, verb, reach(letter, operations.map(word))]);
  const may = found.filter(([, , how]) => how !== "none").map(([, verb, how]) => `${verb}: ${REACH[how] ?? how}`);
  const said = may.join(", ") || "nothing";
  return h("td", { "data-table": table, "data-identity": identity, title: said },
    h("span", { "aria-hidden": "true", class: "letters" }, found.map(([letter, , how]) =>
      h("span", { class: `letter reach-${how}`, "data-letter": letter, "data-reach": how }, how === "none" ? "·" : letter))),
    h("span", { class: "unseen" }, said));
}

function legend() {
  const letters = COMMANDS.map(([letter, verb]) => h("span", {}, h("b", {}, letter), ` ${verb}`));
  const reaches = ["own", "tenant", "some", "allow"].map((how) =>
    h("span", {}, h("span", { class: `letter reach-${how}`, "aria-hidden": "true" }, "S"), ` ${REACH[how]}`));
  return h("p", { class: "legend" }, letters, h("span", { class: "gap" }), reaches);
}
