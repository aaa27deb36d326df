// Views by the address behind "#". One view at a time; each may leave something to close.

import { announce, show } from "./dom.js";

export class Router {
  /**
   * `routes` maps a pattern such as "/sessions/:id" to `view(parameters) -> { title, element, close? }`;
   * `main` is where the element goes; `guard(path)` gives another path to show in place of `path`, or null.
   */
  constructor(routes, main, guard) {
    this.routes = Object.entries(routes).map(([pattern, view]) => ({ parts: pattern.split("/"), view }));
    this.main = main;
    this.guard = guard;
    this.current = null;
    this.shown = 0;
  }

  start() {
    addEventListener("hashchange", () => this.render());
    return this.render();
  }

  get path() {
    return location.hash.replace(/^#/, "") || "/";
  }

  go(path) {
    if (this.path === path) return this.render();
    location.hash = path;
    return null;
  }

  async render() {
    const turn = ++this.shown;
    const path = this.path;
    const instead = await this.guard(path);
    if (turn !== this.shown) return;
    this.current?.close?.();
    this.current = null;
    const [view, parameters] = this.#match(instead ?? path);
    const made = view(parameters);
    this.current = made;
    document.title = `${made.title} · Vibe Architect`;
    show(this.main, made.element);
    scrollTo(0, 0);
    // Keyboard and screen reader go on at the new view's heading.
    if (turn > 1) made.element.querySelector("h1")?.focus({ preventScroll: true });
    announce(made.title);
    for (const link of document.querySelectorAll("#nav a")) {
      const here = link.hash.slice(1) === path;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #match(path) {
    const given = path.split("/");
    for (const { parts, view } of this.routes) {
      const fits = parts.length === given.length && parts.every((p, i) => p === given[i] || (p[0] === ":" && given[i]));
      if (fits) {
        const named = parts.map((p, i) => [p.slice(1), given[i]]).filter((_, i) => parts[i][0] === ":");
        return [view, Object.fromEntries(named)];
      }
    }
    return [this.routes[0].view, {}];
  }
}
