// Runs before the page's own scripts and keeps what a test asks for later: the sockets, so that it can cut them,
// what broke the security policy, every state each table went through, and where the architect's cursor was.
globalThis.watched = { sockets: [], violations: [], states: {}, ghost: [], architect: false };

document.addEventListener("securitypolicyviolation", (event) => {
  watched.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});

globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    watched.sockets.push(this);
  }
};

new MutationObserver((changes) => {
  for (const { target } of changes) {
    const { table, state, at, architect } = target.dataset;
    if (table && state) (watched.states[table] ??= []).push(state);
    if (target.classList.contains("ghost") && at) watched.ghost.push(at);
    if (architect === "present") watched.architect = true;
  }
}).observe(document, {
  subtree: true,
  attributes: true,
  attributeFilter: ["data-state", "data-at", "data-architect"],
});
