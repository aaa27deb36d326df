// Open questions of a plan, each with sentences to choose from and a line for words of one's own.

import { h } from "../dom.js";

const OPEN = "";
const OWN = "own";

/**
 * The questions as fields. `answers` maps a question to what was said; it is kept up to date, and `changed` is
 * called each time.
 */
export function questionsForm(questions, answers, changed) {
  return h("div", { class: "asked" }, questions.map((question, i) => field(question, `question-${i}`, answers, changed)));
}

function field({ question, quotes, choices }, name, answers, changed) {
  const said = answers.get(question) ?? "";
  const own = h("input", { type: "text", class: "own-words", maxlength: "2000", "aria-label": `Answer in your own words: ${question}` });
  const chosen = said === "" ? OPEN : choices.includes(said) ? said : OWN;
  if (chosen === OWN) own.value = said;
  const take = () => {
    const value = set.querySelector(`input[name="${name}"]:checked`).value;
    const answer = value === OWN ? own.value.trim() : value;
    if (answer) answers.set(question, answer);
    else answers.delete(question);
    changed();
  };
  const radio = (value, words, more) => h("label", { class: "answer" },
    h("input", { type: "radio", name, value, checked: value === chosen, onchange: take }), h("span", {}, words), more);
  own.addEventListener("input", () => {
    set.querySelector(`input[value="${OWN}"]`).checked = true;
    take();
  });
  const set = h("fieldset", { class: "question" }, h("legend", {}, question),
    quotes.map((quote) => h("blockquote", {}, quote)),
    radio(OPEN, "Leave it open"), choices.map((choice) => radio(choice, choice)), radio(OWN, "In your own words:"), own);
  return set;
}
