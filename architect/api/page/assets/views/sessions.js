// The builds of one's tenants, newest first, a page at a time.

import { errorBox, h, show } from "../dom.js";
import { ago, duration, moment } from "../format.js";
import { shownStatus, statusBadge } from "../parts/status.js";

const PAGE = 20;
const REFRESH_MS = 10_000;

export function sessions(app) {
  const list = h("ul", { class: "sessions" });
  const problem = h("div");
  const more = h("button", { type: "button", class: "plain wide", hidden: true }, "Show older builds");
  const state = { next: null, known: new Map(), closed: false };

  const load = async (before = null) => {
    try {
      const page = await app.api.get("/sessions", { limit: PAGE, before });
      if (state.closed) return;
      show(problem);
      if (before !== null || state.known.size <= PAGE) state.next = page.next;
      for (const item of page.sessions) state.known.set(item.id, item);
      draw();
    } catch (error) {
      show(problem, errorBox(error, { title: "The builds could not be read" }));
    }
  };

  const draw = () => {
    const items = [...state.known.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    show(list, items.map(row));
    if (!items.length) show(list, nothingYet());
    more.hidden = !state.next;
  };

  more.addEventListener("click", async () => {
    more.disabled = true;
    await load(state.next);
    more.disabled = false;
  });
  show(list, h("li", { class: "hint" }, "Reading…"));
  load();
  const timer = setInterval(() => document.hidden || load(), REFRESH_MS);

  const element = h("section", { class: "page" },
    h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, "Builds")),
    problem, list, more);
  const close = () => {
    state.closed = true;
    clearInterval(timer);
  };
  return { title: "Builds", element, close };
}

function row(item) {
  const took = item.startedAt && item.finishedAt ? new Date(item.finishedAt) - new Date(item.startedAt) : null;
  return h("li", {},
    h("a", { class: "session-row", href: `#/sessions/${item.id}`, "data-session": item.id },
      statusBadge(shownStatus(item)),
      h("span", { class: "session-title" }, item.title || "Untitled build"),
      h("span", { class: "session-meta" },
        h("span", { class: "tag" }, item.template ?? "lake"),
        h("time", { datetime: item.createdAt, title: moment(item.createdAt) }, ago(item.createdAt)),
        took !== null && h("span", {}, duration(took)))));
}

function nothingYet() {
  return h("li", { class: "empty" },
    h("p", { class: "lead" }, "No build yet."),
    h("p", {}, "Write a few sentences about what people do in your product, or start from an example."),
    h("a", { class: "button primary", href: "#/new" }, "Start the first build"));
}
