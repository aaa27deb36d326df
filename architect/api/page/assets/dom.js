// Makes elements. Text always goes in as text: nothing here, or anywhere on the page, parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element: `h("button", { class: "plain", onclick: run }, "Run")`.
 *
 * Properties that start with "on" are listeners, `false`, `null` and `undefined` leave the attribute out, `true`
 * sets it without a value. Children are nodes, text, or lists of them; `null` and `false` are skipped.
 */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...kept(children));
  return element;
}

function kept(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts `children` in the place of whatever `element` holds; the same nodes stay where they are, focus and all. */
export function show(element, ...children) {
  const wanted = kept(children);
  const same = wanted.length === element.childNodes.length && wanted.every((child, at) => child === element.childNodes[at]);
  if (!same) element.replaceChildren(...wanted);
  return element;
}

const PATHS = {
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  dot: "M8 8h.01",
  lock: "M4.5 7.5h7v5.5h-7zM5.8 7.5V5.4a2.2 2.2 0 0 1 4.4 0v2.1",
  open: "M4.5 7.5h7v5.5h-7zM5.8 7.5V5.4a2.2 2.2 0 0 1 4.2-.9",
  copy: "M6 5.5h7v7.5H6zM10 5.5V3H3v7.5h3",
  out: "M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5",
  retry: "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.7 2.6v2.6h-2.6",
  clock: "M8 4.5V8l2.4 1.6M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2z",
  warn: "M8 6v3.2M8 11.4v.1M8 2.2l6.2 11.2H1.8z",
};

/** A small line drawing of 16 by 16, hidden from screen readers: words stand beside it. */
export function icon(name) {
  const path = s("path", { d: PATHS[name] });
  return s("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}

let announced;

/** Says `text` to screen readers, politely; what comes within a moment is said in one go. */
export function announce(text) {
  const place = document.getElementById("announcer");
  const pending = announced ? `${place.dataset.pending} ${text}.` : `${text}.`;
  place.dataset.pending = pending;
  clearTimeout(announced);
  announced = setTimeout(() => {
    announced = undefined;
    place.textContent = pending;
  }, 400);
}

/** A button that puts `text` on the clipboard and says so. */
export function copyButton(text, what) {
  const label = h("span", {}, "Copy");
  const copy = async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = "Copying is not allowed here";
    }
    label.textContent = said;
    announce(`${what}: ${said}`);
    setTimeout(() => (label.textContent = "Copy"), 1800);
  };
  return h("button", { type: "button", class: "small plain", "aria-label": `Copy ${what}`, onclick: copy },
    icon("copy"), label);
}

/** An error of the API or of this page, with what can be done about it. */
export function errorBox(error, { title } = {}) {
  const details = error.details && Object.keys(error.details).length ? error.details : null;
  return h("div", { class: "notice bad", role: "alert" },
    title && h("strong", {}, title),
    h("p", {}, error.message || "Something went wrong."),
    error.hint && h("p", { class: "hint" }, error.hint),
    (details || error.code) &&
      h("details", {}, h("summary", {}, error.code ? `Details (${error.code})` : "Details"),
        details && h("pre", {}, JSON.stringify(details, null, 2))));
}
