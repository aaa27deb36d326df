// A plan in short: its tables with what they hold, who may do what, and the words of the spec behind them.

import { h } from "../dom.js";
import { count } from "../format.js";
import { policyWords } from "../model/words.js";

/** "3 tables, 7 policies, 2 open questions" */
export function planCounts(plan) {
  const policies = plan.tables.reduce((sum, table) => sum + table.policies.length, 0);
  return [count(plan.tables.length, "table"), count(policies, "policy", "policies"), count(plan.open_questions.length, "open question")].join(", ");
}

/** One entry for each table. */
export function planSummary(plan) {
  return h("ul", { class: "plan-tables" }, plan.tables.map((table) => h("li", { "data-planned": table.name },
    h("h3", {}, table.name),
    h("p", { class: "hint" }, table.columns.map((column) => column.name).join(", ")),
    h("ul", { class: "policies" }, table.policies.map((policy) => h("li", {}, policyWords(policy, plan)))),
    table.because.length > 0 ? h("blockquote", {}, table.because[0].quote)
      : table.origin === "template" && h("span", { class: "tag" }, "from the template"))));
}
