// A session's status as a word with a colour and a sign of its own.

import { h, icon } from "../dom.js";

const SHOWN = {
  queued: ["Queued", "clock"],
  running: ["Building", "dot"],
  succeeded: ["Succeeded", "check"],
  completed: ["Succeeded", "check"],
  failed: ["Failed", "cross"],
  canceled: ["Canceled", "cross"],
};

export const ENDED = new Set(["succeeded", "failed", "canceled", "completed"]);

export function statusBadge(status) {
  const [word, sign] = SHOWN[status] ?? [status, "dot"];
  return h("span", { class: `badge status-${status}`, "data-status": status }, icon(sign), word);
}
