// What a spec would become, before anything is built: the plan in short, what stays open, what to mind.

import { announce, errorBox, h, show } from "../dom.js";
import { planCounts, planSummary } from "./plan_summary.js";
import { questionsForm } from "./questions_form.js";

export class Preview {
  /** `ask(answers)` gives the plan of what stands in the form; `changed()` is called when an answer is. */
  constructor({ ask, changed }) {
    Object.assign(this, { ask, changed });
    this.said = new Map();
    this.button = h("button", { type: "button", class: "big", onclick: () => this.check() }, "Check the plan");
    this.element = h("div", { class: "preview", "aria-live": "off" });
  }

  /** What was said to open questions, as the API takes it. */
  get answers() {
    return [...this.said].map(([question, answer]) => ({ question, answer }));
  }

  async check() {
    this.button.disabled = true;
    this.button.textContent = "Reading…";
    try {
      const found = await this.ask(this.answers);
      if (found) this.#draw(found);
    } catch (error) {
      show(this.element, errorBox(error, { title: "The plan could not be made" }));
    }
    this.button.disabled = false;
    this.button.textContent = "Check the plan";
  }

  /** The text is another one: what is shown is no longer its plan. */
  stale() {
    if (this.mark) this.mark.hidden = false;
  }

  /** Another text altogether: what was answered belongs to the old one. */
  forget() {
    this.said.clear();
    this.mark = null;
    show(this.element);
  }

  #draw({ plan, questions, notices }) {
    this.mark = h("p", { class: "notice", hidden: true }, "The form has changed since this plan was made. Check it again to see what that changes.");
    const heading = h("h2", { tabindex: "-1" }, "The plan");
    show(this.element,
      notices.length > 0 && h("div", { class: "notice bad", role: "alert" }, notices.map((n) => h("p", {}, n.message))),
      h("section", { class: "card" },
        h("div", { class: "card-head" }, heading, h("span", { class: "tag" }, planCounts(plan))),
        this.mark,
        plan.planner.fallback_reason && h("p", { class: "hint" }, `The model gave no valid plan: ${plan.planner.fallback_reason}.`),
        h("details", { open: true }, h("summary", {}, "Tables, and who may do what"), planSummary(plan))),
      (questions.length > 0 || this.said.size > 0) && this.#questions(questions));
    heading.focus();
    announce(`The plan: ${planCounts(plan)}`);
  }

  #questions(questions) {
    const asked = new Set(questions.map((one) => one.question));
    const settled = [...this.said].filter(([question]) => !asked.has(question));
    return h("section", { class: "card" }, h("h2", {}, "Open questions"),
      h("p", { class: "hint" }, "Nothing is guessed: what stays open stays closed to everybody. Your answers become part of the spec; check the plan again to see what they change."),
      settled.length > 0 && h("ul", { class: "settled" }, settled.map((pair) => this.#settled(pair))),
      questionsForm(questions, this.said, () => {
        this.stale();
        this.changed();
      }));
  }

  #settled([question, answer]) {
    const item = h("li", {}, h("span", { class: "hint" }, question), h("span", {}, answer));
    const undo = () => {
      this.said.delete(question);
      item.remove();
      this.stale();
      this.changed();
    };
    item.append(h("button", { type: "button", class: "small plain", "aria-label": `Take back the answer to: ${question}`, onclick: undo }, "Take back"));
    return item;
  }
}
