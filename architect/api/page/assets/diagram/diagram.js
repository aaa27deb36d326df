// Draws the plan as an entity-relationship diagram whose tables light up as they are created and locked.

import { icon, s } from "../dom.js";
import { count } from "../format.js";
import { HEAD, ROW } from "./box.js";
import { Ghost } from "./ghost.js";
import { layout } from "./layout.js";

const PART_H = 34;
const PART_GAP = 12;
const MIN_SCALE = 0.55;
const STATES = { planned: "planned", created: "created", locked: "created and locked" };

export class Diagram {
  /** `onopen(table)` is called when somebody opens a box. */
  constructor(plan, { onopen }) {
    Object.assign(this, { plan, onopen, all: false, states: new Map(), groups: new Map(), zoom: null });
    this.svg = s("svg", { class: "diagram", role: "group", "aria-label": `Plan: ${count(plan.tables.length, "table")}` });
    this.ghost = new Ghost();
    this.svg.addEventListener("keydown", (event) => this.#keys(event));
  }

  /** Draws for a space this wide; called again when it changes. */
  draw(available) {
    this.available = available;
    const placed = layout(this.plan, available, { all: this.all });
    this.boxes = placed.boxes;
    this.groups.clear();
    const parts = this.#parts(placed);
    this.width = placed.width;
    this.height = placed.height + parts.height;
    const tables = [...placed.boxes.values()].map((place) => this.#table(place));
    this.edges = placed.edges.map(edgeOf);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const lines = s("g", { class: "edges" }, this.edges.map(({ path }) => path));
    this.svg.replaceChildren(markers(), lines, ...tables, ...parts.groups, this.ghost.element);
    for (const [name, state] of this.states) this.#paint(name, state);
    tables[0]?.setAttribute("tabindex", "0");
    this.#resize();
    this.ghost.width = this.width;
    this.ghost.jump(this.centre(this.ghost.at));
  }

  /** `null` fits the space; a number is the scale. */
  zoomTo(zoom) {
    this.zoom = zoom;
    this.#resize();
  }

  get scale() {
    return this.zoom ?? Math.min(1, Math.max(MIN_SCALE, this.available / this.width));
  }

  #resize() {
    this.svg.setAttribute("width", Math.round(this.width * this.scale));
    this.svg.setAttribute("height", Math.round(this.height * this.scale));
  }

  /** Lights a table (or a function, or the analytics) up: "planned", "created" or "locked". */
  set(name, state) {
    if (this.states.get(name) === state) return;
    this.states.set(name, state);
    this.#paint(name, state);
  }

  clear() {
    for (const name of this.groups.keys()) this.set(name, "planned");
  }

  #paint(name, state) {
    const group = this.groups.get(name);
    if (!group) return;
    group.dataset.state = state;
    group.setAttribute("aria-label", this.#words(name, state));
  }

  #words(name, state) {
    const table = this.boxes.get(name)?.table;
    if (!table) return `${name}, ${state === "planned" ? "planned" : "answers"}`;
    const policies = count(table.policies.length, "policy", "policies");
    return `Table ${name}, ${STATES[state]}, ${count(table.columns.length, "column")}, ${policies}`;
  }

  /** Where the ghost points for a box, or null. */
  centre(name) {
    const place = this.boxes?.get(name) ?? this.places?.get(name);
    return place ? { x: place.x + place.w * 0.62, y: place.y + Math.min(HEAD, place.h) * 0.62 } : null;
  }

  /** Makes the lines of one table stand out. */
  select(name) {
    for (const [key, group] of this.groups) group.classList.toggle("selected", key === name);
    for (const { edge, path } of this.edges) path.classList.toggle("strong", edge.from === name || edge.to === name);
  }

  #table(place) {
    const { table, x, y, w, h } = place;
    const rows = place.rows.map((row, i) => this.#row(row, HEAD + i * ROW, w));
    const more = place.more > 0 &&
      s("text", { class: "more", x: 12, y: HEAD + rows.length * ROW + 13 }, `+ ${place.more} more`);
    const group = s("g", {
      class: "table", transform: `translate(${x} ${y})`, role: "button", tabindex: "-1",
      "data-table": table.name, "data-state": "planned",
      onclick: () => this.#open(table.name), onfocus: () => this.#rove(group),
    },
      s("rect", { class: "body", width: w, height: h, rx: 9 }),
      s("path", { class: "head", d: `M0 ${HEAD - 4}V9a9 9 0 0 1 9-9h${w - 18}a9 9 0 0 1 9 9v${HEAD - 13}z` }),
      s("text", { class: "name", x: 12, y: 20 }, fit(table.name, w - 42, 7.9)),
      lock(w - 27), rows, more, s("title", {}, table.description || table.name));
    this.groups.set(table.name, group);
    this.#paint(table.name, this.states.get(table.name) ?? "planned");
    return group;
  }

  #row(row, y, w) {
    const type = row.user ? "→ user" : row.type;
    const room = w - 24 - (row.mark ? 24 : 0);
    const showType = room - row.name.length * 6.3 > type.length * 5.8 + 8;
    return s("g", { class: `row ${row.mark.toLowerCase()}` },
      s("text", { class: "column", x: 12, y: y + 13 }, fit(row.name, room, 6.3)),
      showType && s("text", { class: "type", x: w - 12 - (row.mark ? 24 : 0), y: y + 13, "text-anchor": "end" }, type),
      row.mark && s("text", { class: "mark", x: w - 12, y: y + 13, "text-anchor": "end" }, row.mark));
  }

  /** Functions, buckets and analytics: a row of their own below the tables. */
  #parts({ width, height }) {
    const { plan } = this;
    const all = [
      ...plan.functions.map(({ slug }) => ["function", slug]),
      ...plan.buckets.map(({ name }) => ["bucket", name]),
      ...plan.analytics.map(({ dataset }) => ["analytics", dataset]),
    ];
    this.places = new Map();
    let [x, y] = [14, height + 6];
    const groups = all.map(([kind, name]) => {
      const w = Math.min(width - 28, 46 + kind.length * 6 + name.length * 7.2);
      if (x > 14 && x + w > width) [x, y] = [14, y + PART_H + PART_GAP];
      this.places.set(name, { x, y, w, h: PART_H });
      const group = s("g", { class: "part", transform: `translate(${x} ${y})`, role: "img", "data-part": name },
        s("rect", { class: "body", width: w, height: PART_H, rx: PART_H / 2 }),
        s("text", { class: "kind", x: 16, y: 21 }, kind),
        s("text", { class: "name", x: 22 + kind.length * 6.4, y: 21 }, fit(name, w - 40 - kind.length * 6.4, 7.2)));
      this.groups.set(name, group);
      this.#paint(name, this.states.get(name) ?? "planned");
      x += w + PART_GAP;
      return group;
    });
    return { groups, height: all.length ? y + PART_H + 14 - height : 0 };
  }

  #open(name) {
    this.select(name);
    this.onopen(this.boxes.get(name).table);
  }

  /** One stop for the tab key; the arrows go from table to table. */
  #rove(group) {
    for (const other of this.groups.values()) if (other.dataset.table) other.setAttribute("tabindex", other === group ? "0" : "-1");
  }

  #keys(event) {
    const tables = [...this.groups.values()].filter((group) => group.dataset.table);
    const at = tables.indexOf(event.target.closest("[data-table]"));
    if (at < 0) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) tables[(at + step + tables.length) % tables.length].focus();
    else if (event.key === "Enter" || event.key === " ") this.#open(tables[at].dataset.table);
    else return;
    event.preventDefault();
  }
}

/** A line starts at the many rows that reference (crow's foot) and ends at the one that is referenced. */
function edgeOf(edge) {
  const path = s("path", {
    class: `edge${edge.optional ? " optional" : ""}`, d: edge.d, "data-from": edge.from, "data-to": edge.to,
    "marker-start": "url(#many)", "marker-end": "url(#one)",
  });
  return { edge, path };
}

function markers() {
  const marker = (id, refX, shape) => s("marker", {
    id, viewBox: "0 0 12 12", refX, refY: 6, markerWidth: 12, markerHeight: 12, orient: "auto", markerUnits: "userSpaceOnUse",
  }, shape);
  return s("defs", {}, marker("many", 0, s("path", { class: "crow", d: "M0 1.5L9 6L0 10.5" })),
    marker("one", 9, s("circle", { class: "one", cx: 5.5, cy: 6, r: 3 })));
}

/** Open while the table may still be without its policies, closed when row-level security guards it. */
function lock(x) {
  const place = { x, y: 8, width: 17, height: 17, class: "lock" };
  const [open, closed] = [icon("open"), icon("lock")];
  for (const drawing of [open, closed]) for (const name of ["x", "y", "width", "height"]) drawing.setAttribute(name, place[name]);
  return s("g", { class: "lock" }, open, closed);
}

/** As much of `text` as `room` pixels hold. */
function fit(text, room, perCharacter) {
  const most = Math.max(4, Math.floor(room / perCharacter));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

