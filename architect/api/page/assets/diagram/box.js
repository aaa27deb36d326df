// A table as a box: its size, the columns it has room for, and where a line touches it.

import { AUTH_USERS } from "../model/words.js";

export const HEAD = 34;
export const ROW = 19;
const FOOT = 9;
const ROWS_SHOWN = 6;

/** What a box shows: the keys always, then the other columns as far as there is room. */
export function box(table, w, all) {
  const keys = new Map(table.foreign_keys.flatMap((key) => key.columns.map((name) => [name, key])));
  const rank = (c) => (table.primary_key.includes(c.name) ? 0 : keys.has(c.name) ? 1 : 2);
  const ordered = table.columns.map((c, i) => [c, i]).sort(([a, i], [b, j]) => rank(a) - rank(b) || i - j);
  const room = all || table.columns.length <= ROWS_SHOWN ? table.columns.length : ROWS_SHOWN - 1;
  const shown = ordered.slice(0, room).map(([c]) => ({
    name: c.name,
    type: c.type,
    mark: table.primary_key.includes(c.name) ? "PK" : keys.has(c.name) ? "FK" : "",
    user: keys.get(c.name)?.table === AUTH_USERS,
  }));
  const more = table.columns.length - shown.length;
  const h = HEAD + (shown.length + (more ? 1 : 0)) * ROW + FOOT;
  return { table, x: 0, y: 0, w, h, rows: shown, more };
}

/** The middle of the row of `column`, else of the head. */
export function anchor(place, column) {
  const i = place.rows.findIndex((row) => row.name === column);
  return place.y + (i < 0 ? HEAD / 2 : HEAD + i * ROW + ROW / 2);
}
