// The form for a new build. What was typed stays, whatever goes wrong.

import { errorBox, h, show } from "../dom.js";
import { byteLength, number } from "../format.js";
import { WRITERS } from "../model/words.js";
import { Preview } from "../parts/preview.js";

/** The control plane stores no longer spec. */
const LIMIT = 1_200_000;
const DRAFT = "vibe-architect-draft";
const TEMPLATES = [
  ["marketplace", "Marketplace", "People offer, people buy"],
  ["saas", "SaaS", "Organizations with members"],
  ["blank", "Blank", "Only what the spec says"],
];
const EVERY = [[5, "every 5 minutes"], [15, "every 15 minutes"], [60, "every hour"], [1440, "once a day"]];

export function newBuild(app) {
  const form = new Form(app);
  form.load();
  return { title: "New build", element: form.element };
}

class Form {
  constructor(app) {
    this.app = app;
    this.key = crypto.randomUUID();
    this.problem = h("div");
    this.count = h("p", { id: "spec-count", class: "hint count" });
    this.spec = h("textarea", {
      id: "spec", name: "spec", rows: "16", required: true, spellcheck: "true", "aria-describedby": "spec-help spec-count",
      placeholder: "Sellers put up listings. Anyone can browse them. Buyers bid, and see only their own bids…",
    });
    this.submit = h("button", { type: "submit", class: "primary big" }, "Build it");
    this.preview = new Preview({ ask: (answers) => this.plan(answers), changed: () => this.renew() });
    this.starters = h("div", { class: "starters", role: "group", "aria-label": "Start from an example" });
    this.tenant = h("div");
    this.element = this.#draw();
    this.spec.value = sessionStorage.getItem(DRAFT) ?? "";
    this.form.addEventListener("input", (event) => this.preview.element.contains(event.target) || this.changed());
    this.changed();
  }

  #draw() {
    this.form = h("form", { class: "build-form", onsubmit: (event) => this.send(event), novalidate: true },
      h("div", { class: "card" },
        h("div", { class: "field" },
          h("label", { for: "spec" }, "What should it do?"),
          h("p", { class: "hint", id: "spec-help" },
            "Plain words, Markdown or notes: the things you keep, how they belong together, and who may see or change them."),
          this.starters, this.spec,
          h("div", { class: "under-spec" }, this.#fileButton(), this.count))),
      h("fieldset", { class: "card" }, h("legend", {}, "Start from"),
        h("div", { class: "choices" }, TEMPLATES.map(([value, name, words], i) =>
          choice("template", value, name, words, i === 0)))),
      h("fieldset", { class: "card" }, h("legend", {}, "Options"),
        check("enableAnalytics", "Analytics", "Attach an Iceberg data set and query it once", true),
        check("enableDriftSentinel", "Drift sentinel", "Watch the environment for changes nobody planned", true),
        check("requireApproval", "Ask before building", "Stop at the plan until somebody agrees to it", false),
        check("keepOnFailure", "Keep a failed environment", "For a look, or for a retry to resume in", false),
        h("div", { class: "field inline" },
          h("label", { for: "driftEveryMinutes" }, "The sentinel looks"),
          h("select", { id: "driftEveryMinutes", name: "driftEveryMinutes" },
            EVERY.map(([minutes, words]) => h("option", { value: minutes }, words)))),
        h("div", { class: "field inline" },
          h("label", { for: "environmentMode" }, "Build in"),
          h("select", { id: "environmentMode", name: "environmentMode" },
            h("option", { value: "branch" }, "a branch of the base project"),
            h("option", { value: "project" }, "a project of its own")))),
      this.tenant, this.preview.element, this.problem,
      h("div", { class: "actions" }, this.submit, this.preview.button));
    return h("section", { class: "page" },
      h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, "New build")), this.form);
  }

  #fileButton() {
    const input = h("input", { type: "file", id: "spec-file", class: "unseen", accept: ".md,.txt,text/plain,text/markdown" });
    input.addEventListener("change", async () => {
      const file = input.files[0];
      input.value = "";
      if (!file) return;
      if (file.size > LIMIT) {
        this.#refuse(`${file.name} is larger than ${number(LIMIT)} bytes.`);
        return;
      }
      this.#fill(await file.text());
    });
    return h("span", {}, input, h("label", { for: "spec-file", class: "button plain small" }, "Open a file"));
  }

  /** Examples and tenants; the form works without the first and says so without the second. */
  async load() {
    try {
      const [me, examples] = await Promise.all([this.app.api.get("/me"), this.app.api.get("/examples")]);
      show(this.starters, h("span", { class: "hint" }, "Examples:"), examples.map((example) => this.#starter(example)));
      this.#tenants(me.tenants.filter((tenant) => WRITERS.includes(tenant.role)));
    } catch (error) {
      show(this.problem, errorBox(error));
    }
  }

  #starter(example) {
    const use = () => {
      this.#fill(example.text);
      const radio = this.form.querySelector(`input[name=template][value="${CSS.escape(example.template)}"]`);
      if (radio) radio.checked = true;
      this.spec.focus();
      this.spec.setSelectionRange(0, 0);
      this.spec.scrollTop = 0;
    };
    return h("button", { type: "button", class: "chip", "data-example": example.name, onclick: use },
      example.title.split(":")[0]);
  }

  #tenants(writable) {
    if (!writable.length) {
      this.submit.disabled = this.preview.button.disabled = true;
      show(this.problem, h("p", { class: "notice bad", role: "alert" },
        "You may look at builds but not start one: your role is viewer. An owner of the tenant can change that."));
    } else if (writable.length > 1) {
      const options = writable.map(({ id, name }) => h("option", { value: id }, name));
      show(this.tenant, h("div", { class: "card field inline" }, h("label", { for: "tenantId" }, "For"),
        h("select", { id: "tenantId", name: "tenantId" }, options)));
    }
  }

  #fill(text) {
    this.spec.value = text;
    this.preview.forget();
    this.changed();
  }

  /** Another text or answer is another request: it gets a key of its own, so that sending twice builds once. */
  renew() {
    this.key = crypto.randomUUID();
  }

  changed() {
    this.renew();
    this.preview.stale();
    const bytes = byteLength(this.spec.value);
    this.count.textContent = `${number(bytes)} of ${number(LIMIT)} bytes`;
    this.count.classList.toggle("over", bytes > LIMIT);
    try {
      sessionStorage.setItem(DRAFT, this.spec.value);
    } catch {
      // A draft too large to keep is still in the form.
    }
  }

  /** What the form would become; null when it cannot be sent as it is. */
  async plan(answers) {
    if (!this.#complete()) return null;
    const { tenantId: _, ...asked } = this.#body();
    return this.app.api.post("/plans", { ...asked, answers });
  }

  #complete() {
    const bytes = byteLength(this.spec.value);
    show(this.problem);
    if (!this.spec.value.trim()) return this.#refuse("Write what it should do, or choose an example.");
    if (bytes > LIMIT) return this.#refuse(`The text is ${number(bytes - LIMIT)} bytes too long.`);
    return true;
  }

  async send(event) {
    event.preventDefault();
    if (!this.#complete()) return;
    this.submit.disabled = true;
    this.submit.textContent = "Starting…";
    try {
      const made = await this.app.api.post("/sessions", this.#body(), { "idempotency-key": this.key });
      sessionStorage.removeItem(DRAFT);
      this.app.router.go(`/sessions/${made.sessionId}`);
    } catch (error) {
      show(this.problem, errorBox(error, { title: "The build was not started" }));
    }
    this.submit.disabled = false;
    this.submit.textContent = "Build it";
  }

  #body() {
    const given = new FormData(this.form);
    const body = {
      vibeText: this.spec.value,
      template: given.get("template"),
      options: {
        enableAnalytics: given.has("enableAnalytics"),
        enableDriftSentinel: given.has("enableDriftSentinel"),
        driftEveryMinutes: Number(given.get("driftEveryMinutes")),
        keepOnFailure: given.has("keepOnFailure"),
        requireApproval: given.has("requireApproval"),
        environmentMode: given.get("environmentMode"),
      },
      answers: this.preview.answers,
    };
    return given.has("tenantId") ? { ...body, tenantId: given.get("tenantId") } : body;
  }

  #refuse(message) {
    show(this.problem, errorBox({ message }));
    this.spec.focus();
    return false;
  }
}

function choice(name, value, title, words, checked) {
  return h("label", { class: "choice" },
    h("input", { type: "radio", name, value, checked }),
    h("span", {}, h("strong", {}, title), h("span", { class: "hint" }, words)));
}

function check(name, title, words, checked) {
  return h("label", { class: "check" },
    h("input", { type: "checkbox", name, checked }),
    h("span", {}, h("strong", {}, title), h("span", { class: "hint" }, words)));
}
