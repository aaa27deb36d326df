// Where the boxes and lines of an entity-relationship diagram go. Pure arithmetic: nothing here draws.

import { box } from "./box.js";
import { columnsLayout } from "./columns.js";
import { layersLayout } from "./layers.js";
import { AUTH_USERS } from "../model/words.js";

const MARGIN = 14;

/** From this width on, tables stand in layers from left to right; below it, in two columns with a bus between. */
const WIDE = 620;

/**
 * `{ width, height, boxes, edges }` for the tables of a plan in a space `available` pixels wide.
 *
 * `boxes`: name -> `{ table, x, y, w, h, rows, more }`; `edges`: `{ from, to, column, d, optional }` with `d` the
 * path from the referencing column to the referenced table.
 */
export function layout(plan, available, { all = false } = {}) {
  const narrow = available < WIDE;
  const w = narrow ? Math.floor((available - 2 * MARGIN - 44) / 2) : 190;
  const boxes = new Map(plan.tables.map((table) => [table.name, box(table, w, all)]));
  const edges = references(plan);
  const placed = narrow
    ? columnsLayout(boxes, edges, { gutter: 44, margin: MARGIN })
    : layersLayout(boxes, edges, { margin: MARGIN, available });
  return { ...placed, boxes };
}

/** One edge for each foreign key between two tables of the plan. */
export function references(plan) {
  const names = new Map(plan.tables.map((table) => [table.id, table.name]));
  const edges = [];
  for (const table of plan.tables) {
    for (const key of table.foreign_keys) {
      const to = names.get(key.table);
      if (key.table === AUTH_USERS || !to) continue;
      const optional = table.columns.some((c) => key.columns.includes(c.name) && c.nullable);
      edges.push({ from: table.name, to, column: key.columns[0], optional });
    }
  }
  return edges;
}
