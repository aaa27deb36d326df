// The rows of an analytics query and where they come from; another query can be asked.

import { errorBox, h, show } from "../dom.js";
import { moment, number, size } from "../format.js";

const QUERIES = {
  busiest_routes: "Which routes have the most flights?",
  delays_by_carrier: "How late does each carrier leave and arrive?",
  flights_per_day: "How many flights leave each day?",
};
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];
const ROWS = 12;

/** `ask(name, parameters)` gives another answer of the same shape as `answer`. */
export function analyticsCard(answer, ask) {
  const result = h("div", { class: "analytics-result", "aria-live": "polite" });
  const name = h("select", { id: "query-name" }, Object.entries(QUERIES).map(([key, words]) =>
    h("option", { value: key, selected: key === answer.query }, words)));
  const month = h("select", { id: "query-month" }, h("option", { value: "" }, "the whole year"),
    MONTHS.map((words, i) => h("option", { value: i + 1 }, words)));
  const submit = h("button", { type: "submit", class: "small" }, "Ask");
  const send = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      show(result, shown(await ask(name.value, month.value ? { month: Number(month.value) } : {})));
    } catch (error) {
      show(result, errorBox(error));
    }
    submit.disabled = false;
  };
  show(result, shown(answer));
  return h("section", { class: "card", "aria-labelledby": "analytics-title" },
    h("div", { class: "card-head" }, h("h2", { id: "analytics-title" }, "Analytics")),
    h("form", { class: "ask", onsubmit: send },
      h("label", { for: "query-name", class: "unseen" }, "Question"), name,
      h("label", { for: "query-month", class: "unseen" }, "Month"), month, submit),
    result);
}

function shown(answer) {
  const { columns, rows, provenance } = answer;
  const cells = rows.slice(0, ROWS).map((row) => h("tr", {}, columns.map((column) => cell(row[column]))));
  const left = rows.length - ROWS;
  return [
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rows of the answer" },
      h("table", { class: "rows" },
        h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col" }, c.replaceAll("_", " "))))),
        h("tbody", {}, cells))),
    left > 0 && h("p", { class: "hint" }, `and ${number(left)} more rows`),
    provenance && provenanceOf(provenance),
  ];
}

function cell(value) {
  if (typeof value === "number") return h("td", { class: "number" }, number(value));
  return h("td", {}, value === null || value === undefined ? "–" : String(value));
}

/** Table, snapshot, files, engine and the digest of the answer: enough to get the same rows again. */
function provenanceOf(source) {
  const facts = [
    ["Table", source.identifier],
    ["Snapshot", `${source.snapshot_id}, ${moment(source.committed_at)}`],
    ["Read", `${source.files_scanned} of ${source.files_total} files, ${size(source.bytes_scanned)}`],
    ["Engine", `${source.engine} ${source.engine_version}, ${Math.round(source.elapsed_ms)} ms`],
    ["SHA-256", source.result_hash],
  ];
  return h("details", { class: "provenance", open: true }, h("summary", {}, "Where this comes from"),
    h("dl", { class: "facts" }, facts.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
    h("details", {}, h("summary", {}, "SQL"), h("pre", {}, source.sql)));
}
