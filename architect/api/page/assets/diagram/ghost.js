// The architect's cursor: glides over the diagram to what is being made, with its name and step beside it.

import { s } from "../dom.js";

const FADE_MS = 4000;
/** From the tip of the arrow to the words. */
const ARM = 18;

export class Ghost {
  constructor() {
    this.at = null;
    this.width = Infinity;
    this.label = s("text", { class: "ghost-label", x: 27, y: 32 }, "architect");
    this.pill = s("rect", { class: "ghost-pill", x: 18, y: 17, height: 22, rx: 11, width: 76 });
    this.element = s("g", { class: "ghost", "aria-hidden": "true", "data-at": "" },
      s("path", { class: "ghost-arrow", d: "M0 0l5.2 19 4.3-7.4 8.2-2.6z" }), this.pill, this.label);
  }

  /** Glides to `point`, which belongs to the box `name`. */
  move(name, point, words) {
    if (!point) return;
    this.at = name;
    this.element.dataset.at = name;
    this.say(words);
    this.#put(point);
    this.element.classList.add("seen");
    clearTimeout(this.fade);
    this.fade = setTimeout(() => this.element.classList.add("resting"), FADE_MS);
    this.element.classList.remove("resting");
  }

  /** The same place in a diagram that was drawn anew. */
  jump(point) {
    if (point) this.#put(point);
  }

  say(words) {
    if (!words || this.label.textContent === words) return;
    this.label.textContent = words;
    this.pill.setAttribute("width", Math.round(words.length * 6.3 + 19));
  }

  hide() {
    clearTimeout(this.fade);
    this.at = null;
    this.element.dataset.at = "";
    this.element.classList.remove("seen", "resting");
  }

  /** The words stand right of the arrow, or left of it where the diagram ends. */
  #put({ x, y }) {
    const long = Number(this.pill.getAttribute("width"));
    const left = x + ARM + long > this.width ? -long : ARM;
    this.pill.setAttribute("x", left);
    this.label.setAttribute("x", left + 9.5);
    this.element.style.transform = `translate(${x}px, ${y}px)`;
  }
}
