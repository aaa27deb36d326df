// E-mail address and password, sent to the control plane's own Auth.

import { h } from "../dom.js";

export function signIn(app) {
  const email = h("input", { id: "email", type: "email", autocomplete: "username", required: true, spellcheck: "false" });
  const password = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const submit = h("button", { type: "submit", class: "primary wide" }, "Sign in");
  const refusal = h("p", { class: "notice bad", role: "alert", hidden: true });

  const send = async (event) => {
    event.preventDefault();
    refusal.hidden = true;
    submit.disabled = true;
    submit.textContent = "Signing in…";
    const why = await app.auth.signIn(email.value.trim(), password.value);
    submit.disabled = false;
    submit.textContent = "Sign in";
    if (why) {
      refusal.textContent = why;
      refusal.hidden = false;
      password.select();
      password.focus();
      return;
    }
    app.notice = "";
    app.router.go(app.wanted === "/sign-in" ? "/" : app.wanted);
  };

  const element = h("section", { class: "gate" },
    h("div", { class: "gate-words" },
      h("p", { class: "kicker" }, "Vibe Architect"),
      h("h1", { tabindex: "-1" }, "Describe a backend. Watch it being built."),
      h("p", { class: "lead" },
        "Tables, row-level security, functions and analytics, made from your words and proven on the live database."),
      h("ul", { class: "points" },
        h("li", {}, "Every table says which sentence asked for it."),
        h("li", {}, "Every right is tried before anything is handed out."),
        h("li", {}, "Close the laptop: nothing of the build is missed."))),
    h("form", { class: "card", onsubmit: send, "aria-labelledby": "sign-in-title" },
      h("h2", { id: "sign-in-title" }, "Sign in"),
      app.notice && h("p", { class: "notice" }, app.notice),
      refusal,
      h("div", { class: "field" }, h("label", { for: "email" }, "E-mail address"), email),
      h("div", { class: "field" }, h("label", { for: "password" }, "Password"), password),
      submit,
      h("p", { class: "hint" }, "No account? Whoever runs this server makes one with ",
        h("code", {}, "architect users add"), ".")));
  return { title: "Sign in", element };
}
