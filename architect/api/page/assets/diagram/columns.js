// For narrow screens: two columns of boxes and one lane of lines between them, so that no line runs behind a box.

import { HEAD, anchor } from "./box.js";

const GAP_Y = 14;

export function columnsLayout(boxes, edges, { gutter, margin }) {
  const heights = [margin, margin];
  const w = boxes.values().next().value?.w ?? 0;
  for (const place of boxes.values()) {
    const column = heights[0] <= heights[1] ? 0 : 1;
    Object.assign(place, { x: margin + column * (w + gutter), y: heights[column], column });
    heights[column] += place.h + GAP_Y;
  }
  const lanes = laneOf(boxes, edges);
  const count = Math.max(1, ...[...lanes.values()].map((lane) => lane + 1));
  const step = Math.min(7, (gutter - 12) / count);
  const middle = margin + w + gutter / 2;
  const drawn = edges.map((edge) => {
    const x = middle + (lanes.get(edge.to) - (count - 1) / 2) * step;
    return { ...edge, d: bus(boxes.get(edge.from), boxes.get(edge.to), edge, x) };
  });
  return { edges: drawn, width: 2 * (margin + w) + gutter, height: Math.max(...heights) - GAP_Y + margin };
}

/** Lines to the same table share a lane; tables whose lines overlap in height get lanes beside each other. */
function laneOf(boxes, edges) {
  const spans = new Map();
  for (const edge of edges) {
    const ys = [anchor(boxes.get(edge.from), edge.column), boxes.get(edge.to).y + HEAD / 2];
    const span = spans.get(edge.to) ?? [Infinity, -Infinity];
    spans.set(edge.to, [Math.min(span[0], ...ys), Math.max(span[1], ...ys)]);
  }
  const lanes = new Map();
  const ends = [];
  for (const [name, [low, high]] of [...spans].sort(([, a], [, b]) => a[0] - b[0])) {
    let lane = ends.findIndex((end) => end < low);
    if (lane < 0) lane = ends.length;
    ends[lane] = high;
    lanes.set(name, lane);
  }
  return lanes;
}

function bus(from, to, edge, x) {
  const inner = (place) => (place.column === 0 ? place.x + place.w : place.x);
  const [y1, y2] = [anchor(from, edge.column), to.y + HEAD / 2];
  return `M${inner(from)} ${y1} H${x} V${y2} H${inner(to)}`;
}
