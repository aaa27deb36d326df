// One table of the plan in full: columns, who may do what in words, and the sentences of the spec behind it.

import { h, icon } from "../dom.js";
import { checkWords, policyWords, tableName } from "../model/words.js";
import { quotes } from "./results.js";

const ORIGINS = { spec: "asked for by the spec", template: "from the template", convention: "by convention" };

/** `onclose` is called when the panel is to go. */
export function tablePanel(table, plan, onclose) {
  const heading = h("h3", { tabindex: "-1" }, table.name);
  const close = h("button", { type: "button", class: "small plain", "aria-label": `Close ${table.name}`, onclick: onclose }, icon("cross"));
  const element = h("aside", { class: "panel", "aria-label": `Table ${table.name}` },
    h("div", { class: "card-head" }, heading, h("span", { class: "tag" }, ORIGINS[table.origin]), close),
    table.description && h("p", {}, table.description),
    quotes(table.because),
    h("h4", {}, "Who may do what"),
    table.policies.length
      ? h("ul", { class: "policies" }, table.policies.map((p) => h("li", {}, policyWords(p, plan), quotes(p.because))))
      : h("p", { class: "hint" }, "Nobody but the service."),
    h("h4", {}, "Columns"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Columns of ${table.name}` },
      h("table", { class: "rows columns" }, h("tbody", {}, table.columns.map((column) => row(column, table, plan))))));
  element.addEventListener("keydown", (event) => event.key === "Escape" && onclose());
  return { element, heading };
}

function row(column, table, plan) {
  const key = table.foreign_keys.find((k) => k.columns.includes(column.name));
  const notes = [
    table.primary_key.includes(column.name) && "primary key",
    key && `→ ${tableName(plan, key.table)}.${key.references[0]}`,
    column.unique && "unique",
    column.nullable && "optional",
    ...column.checks.map(checkWords),
  ].filter(Boolean);
  return h("tr", {}, h("th", { scope: "row" }, column.name), h("td", { class: "type" }, column.type), h("td", {}, notes.join("; ")));
}
