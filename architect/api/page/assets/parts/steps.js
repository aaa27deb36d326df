// The eight steps of a build in a row, with how far it is.

import { h, icon, show } from "../dom.js";
import { duration } from "../format.js";
import { NODES } from "../model/words.js";

const SIGNS = { waiting: "dot", running: "dot", retrying: "retry", done: "check", failed: "cross" };
const WORDS = { waiting: "waiting", running: "at work", retrying: "trying again", done: "done", failed: "failed" };

export class Steps {
  constructor() {
    this.items = new Map(Object.entries(NODES).map(([name, title]) => [name, this.#item(name, title)]));
    this.fill = h("div", { class: "progress-fill" });
    this.bar = h("div", { class: "progress", role: "progressbar", "aria-label": "Progress of the build",
      "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" }, this.fill);
    this.element = h("div", { class: "steps-box" }, this.bar,
      h("ol", { class: "steps", "aria-label": "Steps" }, [...this.items.values()].map((item) => item.element)));
  }

  #item(name, title) {
    const sign = h("span", { class: "sign" });
    const words = h("span", { class: "unseen" });
    const took = h("span", { class: "took" });
    const element = h("li", { "data-node": name, "data-state": "" }, sign, h("span", { class: "step-name" }, title, words), took);
    return { element, sign, words, took };
  }

  /** `progress` is 0 to 1. */
  draw(build, progress) {
    for (const [name, node] of build.nodes) {
      const item = this.items.get(name);
      if (item.element.dataset.state !== node.state) {
        item.element.dataset.state = node.state;
        show(item.sign, icon(SIGNS[node.state]));
        item.words.textContent = `, ${WORDS[node.state]}`;
      }
      const took = node.finishedAt && node.startedAt ? new Date(node.finishedAt) - new Date(node.startedAt) : null;
      item.took.textContent = took === null ? "" : duration(took);
    }
    const percent = Math.round(progress * 100);
    this.bar.setAttribute("aria-valuenow", percent);
    this.fill.style.width = `${percent}%`;
  }
}
