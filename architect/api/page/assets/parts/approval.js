// The plan that waits for somebody to agree to it.

import { h } from "../dom.js";
import { planCounts, planSummary } from "./plan_summary.js";
import { questionsCard } from "./results.js";

/** `decide(verb, note)` sends the decision on exactly this plan; `verb` is "approve" or "reject". */
export function approvalCard(plan, decide) {
  const note = h("input", { type: "text", id: "approval-note", maxlength: "1000", autocomplete: "off" });
  const send = (verb) => async (event) => {
    const buttons = event.currentTarget.parentElement.querySelectorAll("button");
    buttons.forEach((button) => (button.disabled = true));
    await decide(verb, note.value.trim());
    buttons.forEach((button) => (button.disabled = false));
  };
  return h("section", { class: "card approval-card", "aria-labelledby": "approval-title" },
    h("div", { class: "card-head" }, h("h2", { id: "approval-title" }, "The plan waits for approval"), h("span", { class: "tag" }, planCounts(plan))),
    h("p", {}, "Nothing has been made yet. Look at who may do what, then decide."),
    h("details", { open: true }, h("summary", {}, "Tables, and who may do what"), planSummary(plan)),
    plan.open_questions.length > 0 && h("details", {}, h("summary", {}, "What stays open"), questionsCard(plan.open_questions)),
    h("div", { class: "field" }, h("label", { for: "approval-note" }, "Note (kept with the decision)"), note),
    h("div", { class: "actions" },
      h("button", { type: "button", class: "primary", "data-action": "approve", onclick: send("approve") }, "Approve and build"),
      h("button", { type: "button", "data-action": "reject", onclick: send("reject") }, "Reject")));
}

/** Who decided, and what was said. */
export function decisionCard({ state, note, operator, via }) {
  const who = operator ?? (via === "api" ? "a member of the tenant" : null);
  const words = [`The plan was ${state}`, who && `by ${who}`].filter(Boolean).join(" ");
  return h("p", { class: "notice decision" }, note ? `${words}: ${note}` : `${words}.`);
}
