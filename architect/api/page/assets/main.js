// Starts the page: configuration, sign-in, navigation.

import { Api } from "./api.js";
import { Auth } from "./auth.js";
import { announce, errorBox, h, show } from "./dom.js";
import { Router } from "./router.js";
import { newBuild } from "./views/new_build.js";
import { session } from "./views/session.js";
import { sessions } from "./views/sessions.js";
import { signIn } from "./views/sign_in.js";

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const SIGN_IN = "/sign-in";
const RETRY_MS = 2000;

async function start() {
  const config = await configuration();
  const auth = new Auth(config);
  const app = { auth, api: new Api(auth), config, user: null, wanted: "/", notice: "" };
  const views = { "/": sessions, "/new": newBuild, "/sessions/:id": session, [SIGN_IN]: signIn };
  const routes = Object.fromEntries(
    Object.entries(views).map(([path, view]) => [path, (parameters) => view(app, parameters)]),
  );
  app.router = new Router(routes, main, (path) => guard(app, path));
  auth.onend = () => {
    if (!app.user) return;
    app.notice ||= "You have been signed out.";
    app.user = null;
    app.router.render();
  };
  await app.router.start();
}

/** Where to sign in. While the server does not know yet, the page says so and asks again. */
async function configuration() {
  for (let first = true; ; first = false) {
    try {
      const response = await fetch("/config.json", { cache: "no-store" });
      const config = await response.json();
      if (!response.ok) throw Object.assign(new Error(), config.error);
      if (first) return config;
      location.reload(); // for a security policy that lets the page talk to the project, too
    } catch (error) {
      const told = { message: error.message || "The server does not answer.", hint: error.hint };
      show(main, errorBox(told, { title: "Vibe Architect is not up yet; trying again" }));
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Nobody but a signed-in person sees anything but the sign-in form. */
async function guard(app, path) {
  app.user = await app.auth.user();
  drawNav(app);
  if (!app.user) {
    if (path !== SIGN_IN) app.wanted = path;
    return SIGN_IN;
  }
  return path === SIGN_IN ? "/" : null;
}

function drawNav(app) {
  if (!app.user) return show(nav);
  const leave = async () => {
    app.notice = "You are signed out.";
    await app.auth.signOut();
  };
  return show(nav,
    h("a", { href: "#/" }, "Builds"),
    h("a", { href: "#/new", class: "button primary" }, "New build"),
    h("span", { class: "who", title: app.user.email }, app.user.email),
    h("button", { type: "button", class: "plain", onclick: leave }, "Sign out"));
}

// The router owns "#": the skip link moves the focus without an address of its own.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
  announce("Main content");
});

start();
