// Lets the eye follow: what arrives in one burst is shown one after the other, within about a second.

const SLOWEST_MS = 80;
const BURST_MS = 1100;

export class Pacer {
  constructor() {
    this.queue = [];
    this.timer = null;
    this.pace = SLOWEST_MS;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  get busy() {
    return this.queue.length > 0;
  }

  /** Does `step` in its turn; at once where nobody sees it or nobody wants movement. */
  add(step) {
    this.queue.push(step);
    this.pace = Math.min(this.pace, BURST_MS / this.queue.length);
    if (this.still.matches || document.hidden) this.flush();
    else if (!this.timer) this.#next();
  }

  flush() {
    clearTimeout(this.timer);
    this.timer = null;
    for (const step of this.queue.splice(0)) step();
  }

  #next() {
    const step = this.queue.shift();
    if (!step) {
      this.timer = null;
      this.pace = SLOWEST_MS;
      return;
    }
    step();
    this.timer = setTimeout(() => this.#next(), this.pace);
  }
}
