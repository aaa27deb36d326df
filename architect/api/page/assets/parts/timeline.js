// What happened, step by step: many tables or policies are one line, and every event is there on demand.

import { h, show } from "../dom.js";
import { count, duration, moment } from "../format.js";
import { lines } from "../model/build.js";
import { NODES } from "../model/words.js";

const NAMES_SHOWN = 4;
const BAD = new Set(["build_failed", "node_failed", "rows_rejected", "drift_detected"]);
const GOOD = new Set(["build_succeeded", "access_verified", "drift_resolved"]);
const GATHERED = {
  created: (n) => `${count(n, "table")} created`,
  policies: (n) => `${count(n, "policy", "policies")}`,
  locked: (n) => `${count(n, "table")} locked by row-level security`,
};

export class Timeline {
  constructor() {
    this.all = false;
    this.list = h("ol", { class: "timeline", "aria-label": "Timeline" });
    this.toggle = h("button", { type: "button", class: "small plain", "aria-pressed": "false", onclick: () => this.#flip() }, "Every event");
    this.element = h("section", { class: "card timeline-card", "aria-labelledby": "timeline-title" },
      h("div", { class: "card-head" }, h("h2", { id: "timeline-title" }, "Timeline"), this.toggle), this.list);
  }

  /** `build` as it is now. Follows the end as long as the reader has not scrolled away from it. */
  draw(build) {
    this.build = build;
    const { list } = this;
    const follow = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    show(list, this.all ? build.events.map((event) => this.#raw(event)) : this.#groups(build));
    if (!build.events.length) show(list, h("li", { class: "hint" }, "Nothing has happened yet. A worker takes the build up in a moment."));
    if (follow) list.scrollTop = list.scrollHeight;
  }

  #flip() {
    this.all = !this.all;
    this.toggle.setAttribute("aria-pressed", this.all);
    if (this.build) this.draw(this.build);
    this.list.scrollTop = this.list.scrollHeight;
  }

  #groups(build) {
    const groups = new Map();
    for (const name of Object.keys(NODES)) if (build.nodes.get(name).startedAt) groups.set(name, []);
    for (const line of lines(build.events)) {
      if (!groups.has(line.node)) groups.set(line.node, []);
      groups.get(line.node).push(line);
    }
    return [...groups].map(([name, content]) => {
      const node = build.nodes.get(name);
      return h("li", { class: "step", "data-state": node?.state ?? "done" },
        h("div", { class: "step-head" }, h("span", { class: "step-title" }, NODES[name] ?? "Build"),
          h("span", { class: "at" }, this.#at(node?.startedAt ?? content[0]?.ts))),
        content.length > 0 && h("ul", {}, content.map((line) => this.#line(line))));
    });
  }

  #line(line) {
    if (line.kind !== "event") {
      const shown = line.names.slice(0, NAMES_SHOWN).join(", ");
      const rest = line.names.slice(NAMES_SHOWN);
      const head = GATHERED[line.kind](line.names.length);
      return h("li", { class: "line", "data-kind": line.kind }, `${head}: ${shown}`,
        rest.length > 0 && h("details", {}, h("summary", {}, `and ${rest.length} more`), rest.join(", ")));
    }
    const { event } = line;
    return h("li", { class: `line ${tone(event.type)}`, "data-seq": event.seq }, event.message);
  }

  #raw(event) {
    return h("li", { class: `raw ${tone(event.type)}`, "data-seq": event.seq },
      h("span", { class: "seq" }, String(event.seq)),
      h("time", { class: "at", datetime: event.ts, title: moment(event.ts) }, this.#at(event.ts)),
      h("span", { class: "type" }, event.type), h("span", { class: "message" }, event.message));
  }

  #at(ts) {
    const first = this.build.events[0]?.ts;
    return first && ts ? `+ ${duration(new Date(ts) - new Date(first))}` : "";
  }
}

const tone = (type) => (BAD.has(type) ? "bad" : GOOD.has(type) ? "good" : "");
