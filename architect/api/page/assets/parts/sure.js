// A button for what cannot be taken back: it asks once more before it acts.

import { announce, h } from "../dom.js";

const SURE_MS = 5000;

/** `action` runs on the second click, which has to come soon; the button is off while it runs. */
export function sureButton(label, question, action, properties = {}) {
  let forget;
  const calm = () => {
    clearTimeout(forget);
    delete button.dataset.sure;
    button.textContent = label;
  };
  const click = async () => {
    if (!button.dataset.sure) {
      button.dataset.sure = "yes";
      button.textContent = question;
      announce(question);
      forget = setTimeout(calm, SURE_MS);
      return;
    }
    calm();
    button.disabled = true;
    await action();
    button.disabled = false;
  };
  const button = h("button", { type: "button", ...properties, onclick: click }, label);
  return button;
}
