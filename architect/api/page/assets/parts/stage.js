// The diagram with its controls, the ghost cursor on it, and the table somebody has opened.

import { Diagram } from "../diagram/diagram.js";
import { announce, h, show } from "../dom.js";
import { count } from "../format.js";
import { Pacer } from "../live/pacer.js";
import { NODES } from "../model/words.js";
import { tablePanel } from "./table_panel.js";

const ZOOM = 1.25;
const LABEL = 34;

export class Stage {
  constructor(build) {
    this.build = build;
    this.pacer = new Pacer();
    /** name -> the state it has, or will have in its turn */
    this.due = new Map();
    this.canvas = h("div", { class: "canvas scroll", tabindex: "0", role: "region", "aria-label": "Diagram of the plan" });
    this.side = h("div", { class: "panel-place" });
    this.summary = h("p", { class: "hint" }, "The plan appears here as soon as it is made.");
    this.tools = h("div", { class: "tools", role: "group", "aria-label": "Diagram", hidden: true }, this.#tools());
    this.element = h("section", { class: "card stage", "aria-labelledby": "plan-title" },
      h("div", { class: "card-head" }, h("h2", { id: "plan-title" }, "Plan"), this.tools),
      this.summary, legend(), this.canvas, this.side);
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(this.canvas);
  }

  close() {
    this.observer.disconnect();
    this.pacer.flush();
  }

  #tools() {
    const all = h("button", { type: "button", class: "small plain", "aria-pressed": "false" }, "All columns");
    all.addEventListener("click", () => {
      this.diagram.all = !this.diagram.all;
      all.setAttribute("aria-pressed", this.diagram.all);
      this.#draw();
    });
    const zoom = (label, words, change) => h("button", { type: "button", class: "small plain", "aria-label": words,
      onclick: () => this.diagram.zoomTo(change(this.diagram.scale)) }, label);
    return [all, zoom("−", "Smaller", (now) => now / ZOOM), zoom("Fit", "Fit the width", () => null), zoom("+", "Larger", (now) => now * ZOOM)];
  }

  setPlan(plan) {
    this.plan = plan;
    this.diagram = new Diagram(plan, { onopen: (table) => this.#open(table) });
    const policies = plan.tables.reduce((sum, table) => sum + table.policies.length, 0);
    this.summary.textContent = `${count(plan.tables.length, "table")}, ${count(policies, "policy", "policies")}. ` +
      "Choose a table to see who may do what, and which sentence asked for it.";
    this.tools.hidden = false;
    show(this.canvas, this.diagram.svg);
    this.#draw();
    this.due = new Map([...this.build.tables, ...[...this.build.parts].map((name) => [name, "locked"])]);
    for (const [name, state] of this.due) this.diagram.set(name, state);
  }

  #draw() {
    this.available = this.canvas.clientWidth;
    if (this.diagram && this.available) this.diagram.draw(this.available);
  }

  #fit() {
    if (Math.abs(this.canvas.clientWidth - (this.available ?? 0)) > 4) this.#draw();
  }

  /** A table, function or analytics part is there; `live` ones one after the other, with the ghost. */
  light(thing, live) {
    if (!thing || !this.diagram || this.due.get(thing.name) === thing.state) return;
    this.due.set(thing.name, thing.state);
    const { node } = this.build;
    const step = () => {
      this.diagram.set(thing.name, thing.state);
      if (live) this.#ghost(thing.name, node);
    };
    if (live) this.pacer.add(step);
    else step();
  }

  /** Nothing is built any more: another environment. */
  clear() {
    this.pacer.flush();
    this.due.clear();
    this.diagram?.clear();
  }

  /** What the architect says of itself: `{ step, focus: { type, name } | null }`. */
  cursor({ step, focus }) {
    if (!this.diagram || this.pacer.busy) return;
    const name = focus && this.#boxOf(focus);
    if (name) this.#ghost(name, step, focus.name);
    else this.diagram.ghost.say(label(step));
  }

  rest() {
    this.pacer.add(() => this.diagram?.ghost.hide());
  }

  #ghost(name, step, what = name) {
    this.diagram.ghost.move(name, this.diagram.centre(name), label(step, what));
  }

  #boxOf({ type, name }) {
    if (type === "analytics") return this.plan.analytics[0]?.dataset;
    if (type !== "policy") return name;
    for (const [table, policies] of this.build.policies) if (policies.has(name)) return table;
    const fits = this.plan.tables.map((table) => table.name).filter((table) => name.startsWith(`${table}_`));
    return fits.sort((a, b) => b.length - a.length)[0];
  }

  #open(table) {
    const close = () => {
      show(this.side);
      this.diagram.select(null);
      this.diagram.svg.querySelector(`[data-table="${CSS.escape(table.name)}"]`)?.focus();
    };
    const { element, heading } = tablePanel(table, this.plan, close);
    show(this.side, element);
    heading.focus({ preventScroll: true });
    announce(`Table ${table.name} opened`);
  }
}

function label(step, what = "") {
  const words = [NODES[step] ?? "architect", what].filter(Boolean).join(": ");
  return words.length > LABEL ? `${words.slice(0, LABEL - 1)}…` : words;
}

function legend() {
  const states = [["planned", "planned"], ["created", "created"], ["locked", "locked by row-level security"]];
  return h("p", { class: "legend states" }, states.map(([state, words]) =>
    h("span", {}, h("span", { class: `swatch ${state}`, "aria-hidden": "true" }), words)));
}
