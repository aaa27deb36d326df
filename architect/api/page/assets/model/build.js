// What the events of a session add up to. Feed it every event once, in the order of `seq`.

import { NODE_NAMES } from "./words.js";

const GATHERED = { table_created: "created", policy_created: "policies", rls_enabled: "locked" };

export class Build {
  constructor() {
    this.lastSeq = 0;
    this.events = [];
    /** name -> { state: "waiting" | "running" | "retrying" | "done" | "failed", startedAt, finishedAt } */
    this.nodes = new Map(NODE_NAMES.map((name) => [name, { state: "waiting", startedAt: null, finishedAt: null }]));
    /** The node at work, or the last one that was. */
    this.node = null;
    /** table -> "created" | "locked"; what is not here is only planned */
    this.tables = new Map();
    /** table -> names of its policies */
    this.policies = new Map();
    /** slugs and identifiers that answer */
    this.parts = new Set();
    this.environment = null;
    this.startedAt = null;
    this.endedAt = null;
  }

  /** Takes one event in; the table, function or analytics part that it lights up, or null. */
  apply(event) {
    this.lastSeq = event.seq;
    this.events.push({ ...event, node: this.#placeOf(event) });
    this.startedAt ??= event.ts;
    const { payload } = event;
    switch (event.type) {
      case "node_started":
      case "node_retrying":
        this.#begin(payload.node, event);
        return null;
      case "node_completed":
        this.#end(payload.node, "done", event.ts);
        return null;
      case "node_failed":
        this.#end(payload.node, "failed", event.ts);
        return null;
      case "environment_created":
        this.#environment(payload.ref);
        return null;
      case "build_succeeded":
        this.endedAt = event.ts;
        return null;
      case "build_failed":
        this.endedAt = event.ts;
        for (const node of this.nodes.values()) if (active(node)) Object.assign(node, { state: "failed", finishedAt: event.ts });
        return null;
      default:
        return this.#light(event);
    }
  }

  get done() {
    return [...this.nodes.values()].filter((node) => node.state === "done").length;
  }

  /** 0 to 1, by the steps that are done. */
  get progress() {
    return this.done / this.nodes.size;
  }

  #placeOf(event) {
    return event.payload?.node && this.nodes.has(event.payload.node) ? event.payload.node : this.node;
  }

  #begin(name, event) {
    const at = NODE_NAMES.indexOf(name);
    if (at < 0) return;
    const again = event.type === "node_retrying";
    this.nodes.set(name, { state: again ? "retrying" : "running", startedAt: event.ts, finishedAt: null });
    // A step that starts anew makes those behind it wait for it.
    for (const later of NODE_NAMES.slice(at + 1)) {
      this.nodes.set(later, { state: "waiting", startedAt: null, finishedAt: null });
    }
    if (this.endedAt) this.startedAt = event.ts;
    this.endedAt = null;
    this.node = name;
  }

  #end(name, state, ts) {
    const node = this.nodes.get(name);
    if (node) Object.assign(node, { state, finishedAt: ts });
  }

  /** In another environment nothing is there yet. */
  #environment(ref) {
    if (this.environment && this.environment !== ref) {
      this.tables.clear();
      this.policies.clear();
      this.parts.clear();
    }
    this.environment = ref;
  }

  #light(event) {
    const { payload } = event;
    const table = payload.table ?? payload.name;
    if (event.type === "table_created") {
      if (!this.tables.has(table)) this.tables.set(table, "created");
      return { type: "table", name: table, state: this.tables.get(table) };
    }
    if (event.type === "policy_created") {
      this.policies.set(table, (this.policies.get(table) ?? new Set()).add(payload.name));
      return { type: "table", name: table, state: this.tables.get(table) ?? "created" };
    }
    if (event.type === "rls_enabled") {
      this.tables.set(table, "locked");
      return { type: "table", name: table, state: "locked" };
    }
    const part = { edge_function_deployed: payload.slug, analytics_configured: payload.dataset ?? payload.identifier }[event.type];
    if (!part) return null;
    this.parts.add(part);
    return { type: "part", name: part, state: "locked" };
  }
}

const active = (node) => node.state === "running" || node.state === "retrying";

/**
 * The lines of a timeline: events as they are, but tables, policies and locks of one step as one line
 * (`{ kind: "created" | "policies" | "locked", names, ts, node }`). Starts and ends of steps stay out.
 */
export function lines(events) {
  const made = [];
  const open = new Map();
  for (const event of events) {
    if (["node_started", "node_completed", "migration_started"].includes(event.type)) continue;
    const kind = GATHERED[event.type];
    if (!kind) {
      made.push({ kind: "event", event, ts: event.ts, node: event.node });
      continue;
    }
    const key = `${event.node}:${kind}`;
    if (!open.has(key)) {
      const line = { kind, names: [], ts: event.ts, node: event.node };
      open.set(key, line);
      made.push(line);
    }
    open.get(key).names.push(event.payload.name ?? event.payload.table);
  }
  return made;
}
