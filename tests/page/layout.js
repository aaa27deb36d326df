// Lays plans out at several widths; what is wrong with any of the drawings, as a list of words.
async ({ plans, widths }) => {
  const { layout } = await import("/assets/any/diagram/layout.js");
  const wrong = [];
  for (const plan of plans) {
    for (const width of widths) {
      for (const all of [false, true]) {
        const { boxes, edges, ...size } = layout(plan, width, { all });
        const where = `${plan.title}, ${width} px, ${all ? "all" : "some"} columns`;
        const places = [...boxes.values()];
        if (places.length !== plan.tables.length) wrong.push(`${where}: ${places.length} boxes`);
        for (const a of places) {
          if (a.x < 0 || a.y < 0 || a.x + a.w > size.width || a.y + a.h > size.height) wrong.push(`${where}: ${a.table.name} sticks out`);
          for (const b of places) {
            const apart = a === b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
            if (!apart) wrong.push(`${where}: ${a.table.name} and ${b.table.name} overlap`);
          }
        }
        if (width < 600 && size.width > width) wrong.push(`${where}: too wide`);
        const within = new Set(plan.tables.map((table) => table.id));
        const keys = plan.tables.flatMap((table) => table.foreign_keys).filter((key) => within.has(key.table));
        if (edges.length !== keys.length) wrong.push(`${where}: ${edges.length} lines for ${keys.length} keys`);
        for (const edge of edges) if (!/^M[-\d.]+ [-\d.]+( ?[CHV][-\d. ]+)+$/.test(edge.d)) wrong.push(`${where}: ${edge.d}`);
      }
    }
  }
  return wrong;
}
