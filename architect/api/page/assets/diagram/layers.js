// Layers from left to right: what is referenced stands left of what references it (Sugiyama's method).

import { HEAD, anchor } from "./box.js";

const GAP_X = 60;
const GAP_Y = 22;
const SWEEPS = 12;

export function layersLayout(boxes, edges, { margin, available }) {
  const links = edges.filter((edge) => edge.from !== edge.to);
  const linked = new Set(links.flatMap((edge) => [edge.from, edge.to]));
  const names = [...boxes.keys()];
  const rank = ranks(names.filter((name) => linked.has(name)), links);
  const { layers, chains, nodes } = build(boxes, rank, links);
  order(layers, nodes);
  place(layers, nodes);
  const bottom = settle(layers, nodes, boxes, margin);
  const right = layers.length ? margin + layers.length * (width(boxes) + GAP_X) - GAP_X : margin;
  const size = alone(names.filter((name) => !linked.has(name)), boxes, { margin, bottom, right, available });
  const drawn = edges.map((edge) => ({ ...edge, d: edge.from === edge.to ? loop(boxes.get(edge.from), edge) : path(edge, chains, boxes, nodes) }));
  return { edges: drawn, ...size };
}

const width = (boxes) => boxes.values().next().value?.w ?? 0;

/** Longest path from a table that references nothing; a reference that would close a circle does not count. */
function ranks(names, links) {
  const rank = new Map();
  const open = new Set();
  const parents = (name) => links.filter((edge) => edge.from === name).map((edge) => edge.to);
  const visit = (name) => {
    if (rank.has(name)) return rank.get(name);
    open.add(name);
    const found = parents(name).filter((parent) => !open.has(parent)).map((parent) => visit(parent) + 1);
    open.delete(name);
    rank.set(name, Math.max(0, ...found));
    return rank.get(name);
  };
  names.forEach(visit);
  // A table that only others reference moves up to the nearest of them: shorter lines, shorter first layer.
  for (const name of names) {
    const children = links.filter((edge) => edge.to === name).map((edge) => rank.get(edge.from));
    if (!parents(name).length && children.length) rank.set(name, Math.max(0, Math.min(...children) - 1));
  }
  return rank;
}

/** Nodes in layers; a line over several layers gets a stand-in in each, so that no box stands in its way. */
function build(boxes, rank, links) {
  const layers = [];
  const nodes = new Map();
  const chains = new Map();
  const add = (id, layer, h) => {
    nodes.set(id, { id, layer, h, y: 0, left: [], right: [] });
    (layers[layer] ??= []).push(id);
  };
  for (const [name, layer] of rank) add(name, layer, boxes.get(name).h);
  links.forEach((edge, i) => {
    const [low, high] = [edge.to, edge.from].sort((a, b) => rank.get(a) - rank.get(b));
    const chain = [low];
    for (let layer = rank.get(low) + 1; layer < rank.get(high); layer++) {
      const id = `${i}/${layer}`;
      add(id, layer, 10);
      chain.push(id);
    }
    chain.push(high);
    chains.set(edge, chain);
    for (let k = 1; k < chain.length; k++) {
      nodes.get(chain[k - 1]).right.push(chain[k]);
      nodes.get(chain[k]).left.push(chain[k - 1]);
    }
  });
  for (let i = 0; i < layers.length; i++) layers[i] ??= [];
  return { layers, chains, nodes };
}

/** Sorts each layer by where its neighbours stand, to and fro, and keeps the order with the fewest crossings. */
function order(layers, nodes) {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers, nodes);
  for (let sweep = 0; sweep < SWEEPS && fewest; sweep++) {
    const side = sweep % 2 ? "right" : "left";
    const walk = sweep % 2 ? [...layers.keys()].reverse() : [...layers.keys()];
    for (const i of walk) {
      const beside = layers[sweep % 2 ? i + 1 : i - 1];
      if (!beside) continue;
      const at = new Map(beside.map((id, k) => [id, k]));
      const own = new Map(layers[i].map((id, k) => [id, mean(nodes.get(id)[side].map((n) => at.get(n))) ?? k]));
      layers[i].sort((a, b) => own.get(a) - own.get(b));
    }
    const now = crossings(layers, nodes);
    if (now < fewest) [fewest, best] = [now, layers.map((layer) => [...layer])];
  }
  best.forEach((layer, i) => (layers[i] = layer));
}

function crossings(layers, nodes) {
  let total = 0;
  for (let i = 0; i + 1 < layers.length; i++) {
    const at = new Map(layers[i + 1].map((id, k) => [id, k]));
    const ends = layers[i].flatMap((id, k) => nodes.get(id).right.map((n) => [k, at.get(n)]));
    for (const [a, b] of ends) for (const [c, d] of ends) if (a < c && b > d) total++;
  }
  return total;
}

/** Heights: near the neighbours, in order, without overlap. */
function place(layers, nodes) {
  for (const layer of layers) stack(layer, nodes);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      for (const id of layer) {
        const node = nodes.get(id);
        const near = mean([...node.left, ...node.right].map((n) => nodes.get(n).y + nodes.get(n).h / 2));
        node.want = near === null ? node.y : near - node.h / 2;
      }
      spread(layer, nodes);
    }
  }
}

function stack(layer, nodes) {
  let y = 0;
  for (const id of layer) {
    nodes.get(id).y = y;
    y += nodes.get(id).h + GAP_Y;
  }
}

/** As near to where each wants to be as order and gaps allow: groups that would overlap share the difference. */
function spread(layer, nodes) {
  const groups = [];
  for (const id of layer) {
    let group = { ids: [id], h: nodes.get(id).h, wants: [nodes.get(id).want] };
    group.y = group.wants[0];
    while (groups.length && groups.at(-1).y + groups.at(-1).h + GAP_Y > group.y) {
      const before = groups.pop();
      const wants = [...before.wants, ...group.wants.map((want) => want - before.h - GAP_Y)];
      group = { ids: [...before.ids, ...group.ids], h: before.h + GAP_Y + group.h, wants, y: mean(wants) };
    }
    groups.push(group);
  }
  for (const group of groups) {
    let { y } = group;
    for (const id of group.ids) {
      nodes.get(id).y = y;
      y += nodes.get(id).h + GAP_Y;
    }
  }
}

/** Moves everything to the margin and writes the places of the boxes; the lower edge of the lowest. */
function settle(layers, nodes, boxes, margin) {
  const top = Math.min(0, ...[...nodes.values()].map((node) => node.y));
  const w = width(boxes);
  let bottom = margin;
  layers.forEach((layer, i) => {
    for (const id of layer) {
      const node = nodes.get(id);
      node.y += margin - top;
      node.x = margin + i * (w + GAP_X);
      const place = boxes.get(id);
      if (place) Object.assign(place, { x: node.x, y: node.y });
      bottom = Math.max(bottom, node.y + node.h);
    }
  });
  for (const node of nodes.values()) node.w = w;
  return bottom;
}

/** Tables without references: in rows below the rest, as many as fit. */
function alone(names, boxes, { margin, bottom, right, available }) {
  const room = Math.max(right, available - 2 * margin);
  let [x, y, tall, widest] = [margin, bottom + (bottom > margin ? 2 * GAP_Y : 0), 0, right];
  for (const name of names) {
    const place = boxes.get(name);
    if (x > margin && x + place.w > room) [x, y, tall] = [margin, y + tall + GAP_Y, 0];
    Object.assign(place, { x, y });
    x += place.w + GAP_Y;
    tall = Math.max(tall, place.h);
    widest = Math.max(widest, x - GAP_Y);
  }
  return { width: widest + margin, height: (names.length ? y + tall : bottom) + margin };
}

/** From the column on the left side of one box, by the stand-ins, to the head on the right side of the other. */
function path(edge, chains, boxes, nodes) {
  const chain = [...chains.get(edge)];
  const forward = chain[0] === edge.to;
  const [left, right] = [boxes.get(chain[0]), boxes.get(chain.at(-1))];
  const end = (place, name) => (name === edge.from ? anchor(place, edge.column) : place.y + HEAD / 2);
  const points = [[left.x + left.w, end(left, chain[0])]];
  for (const id of chain.slice(1, -1)) {
    const node = nodes.get(id);
    points.push([node.x, node.y + node.h / 2], [node.x + node.w, node.y + node.h / 2]);
  }
  points.push([right.x, end(right, chain.at(-1))]);
  if (forward) points.reverse();
  return curve(points);
}

function curve(points) {
  let d = `M${points[0].map(round).join(" ")}`;
  for (let i = 1; i < points.length; i++) {
    const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]];
    const middle = (x1 + x2) / 2;
    d += ` C${[middle, y1, middle, y2, x2, y2].map(round).join(" ")}`;
  }
  return d;
}

/** A table that references itself. */
function loop(place, edge) {
  const [x, y1, y2] = [place.x + place.w, anchor(place, edge.column), place.y + HEAD / 2];
  return `M${x} ${y1} C${x + 34} ${y1} ${x + 34} ${y2} ${x} ${y2}`;
}

const mean = (values) => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : null);
const round = (value) => Math.round(value * 10) / 10;
