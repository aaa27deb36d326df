// What a build hands out, what it asks back, and what it found out of order.

import { copyButton, errorBox, h } from "../dom.js";

/** URL and key with a snippet that uses them. */
export function resultCard(session) {
  const { environment, outputs } = session;
  const url = outputs.url ?? environment.url;
  const key = environment.publishable_key;
  const snippet = `import { createClient } from "@supabase/supabase-js";\n\nconst supabase = createClient(\n  "${url}",\n  "${key}",\n);`;
  const functions = outputs.functions ?? [];
  const facts = [
    ["URL", url, true],
    ["Publishable key", key, true],
    ...functions.map((f) => [`Function ${f.slug}`, f.url, true]),
    [environment.mode === "project" ? "Project" : "Branch", `${environment.name} (${environment.ref})`, false],
    ["Fingerprint", outputs.fingerprint, true],
  ].filter(([, value]) => value);
  return h("section", { class: "card result-card", "aria-labelledby": "result-title" },
    h("div", { class: "card-head" }, h("h2", { id: "result-title" }, "Your backend")),
    h("dl", { class: "facts wide" }, facts.map(([label, value, copy]) => [
      h("dt", {}, label), h("dd", {}, h("code", {}, value), copy && copyButton(value, label))])),
    h("div", { class: "snippet" }, h("pre", {}, snippet), copyButton(snippet, "snippet")));
}

/** What the spec asks and a plan cannot say. */
export function questionsCard(questions) {
  return h("section", { class: "card", "aria-labelledby": "questions-title" },
    h("div", { class: "card-head" }, h("h2", { id: "questions-title" }, "Open questions")),
    h("p", { class: "hint" }, "What the spec asks and a plan cannot say yet. Nothing was guessed."),
    h("ul", { class: "questions" }, questions.map((q) => h("li", {}, h("p", {}, q.question), quotes(q.because)))));
}

/** The words of the spec that something comes from. */
export function quotes(because) {
  return (because ?? []).map(({ quote }) => h("blockquote", {}, quote));
}

export function specCard(text) {
  return h("section", { class: "card", "aria-label": "The spec" },
    h("details", { class: "spec" }, h("summary", {}, h("h2", {}, "The spec")), h("pre", { class: "spec-text" }, text)));
}

/** Why it failed and what to do. */
export function failureCard(session) {
  const told = session.error ?? {};
  const error = told.error ?? told;
  const canceled = error.code === "plan_rejected" ? "The plan was rejected" : "The build was canceled";
  const title = session.status === "canceled" ? canceled : "The build failed";
  return errorBox(error, { title });
}
