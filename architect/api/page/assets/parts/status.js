// A session's status as a word with a colour and a sign of its own.

import { h, icon } from "../dom.js";

const SHOWN = {
  queued: ["Queued", "clock"],
  running: ["Building", "dot"],
  waiting: ["Waits for approval", "clock"],
  succeeded: ["Succeeded", "check"],
  completed: ["Succeeded", "check"],
  failed: ["Failed", "cross"],
  canceled: ["Canceled", "cross"],
};

export const ENDED = new Set(["succeeded", "failed", "canceled", "completed"]);

/** Whether somebody has to decide on the plan; of a session or of a line of the list. */
export const waits = ({ status, approval }) => status === "running" && (approval?.state ?? approval) === "waiting";

/** The status as people see it: a build that waits is not being built. */
export const shownStatus = (session) => (waits(session) ? "waiting" : session.status);

export function statusBadge(status) {
  const [word, sign] = SHOWN[status] ?? [status, "dot"];
  return h("span", { class: `badge status-${status}`, "data-status": status }, icon(sign), word);
}
