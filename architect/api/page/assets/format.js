// Numbers and times in words.

const NUMBER = new Intl.NumberFormat("en");
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const encoder = new TextEncoder();

/** 336776 -> "336,776" */
export const number = (value) => NUMBER.format(value);

/** How many bytes `text` is as UTF-8. */
export const byteLength = (text) => encoder.encode(text).length;

/** 5502407 -> "5.5 MB" */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "2026-11-21T12:36:25Z" -> "Nov 21, 2026, 12:36:25 PM" in the reader's time zone */
export const moment = (iso) => MOMENT.format(new Date(iso));

/** "2 hours ago" */
export function ago(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

/** Milliseconds as "0.42 s", "12.4 s" or "3 min 07 s" */
export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${Math.floor(seconds / 60)} min ${rest} s`;
}

/** "1 table", "3 tables", "2 policies" */
export function count(howMany, one, many = `${one}s`) {
  return `${number(howMany)} ${howMany === 1 ? one : many}`;
}
