// What is wrong for people who use a keyboard or a screen reader, or who see little contrast. A list of words.
() => {
  const wrong = [];
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const told = (e) => e.outerHTML.slice(0, 120);
  const name = (e) =>
    (e.getAttribute("aria-label") ?? "").trim() ||
    (e.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join("").trim() ||
    [...(e.labels ?? [])].map((label) => label.textContent).join("").trim() ||
    (/^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName) ? "" : e.textContent.trim());

  for (const e of document.querySelectorAll("a[href], button, input, select, textarea, [role=button], [role=region], [role=progressbar]")) {
    if (seen(e) && !name(e)) wrong.push(`no name: ${told(e)}`);
  }
  for (const selector of ["main", "header", "nav[aria-label]", "h1"]) {
    if (document.querySelectorAll(selector).length < 1) wrong.push(`missing: ${selector}`);
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  let level = 1;
  for (const e of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!seen(e)) continue;
    const own = Number(e.tagName[1]);
    if (own > level + 1) wrong.push(`heading skips a level: ${told(e)}`);
    level = own;
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) wrong.push(`id twice: ${id}`);
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) wrong.push(`no alt: ${told(e)}`);
  for (const e of document.querySelectorAll("th")) if (!e.scope) wrong.push(`no scope: ${told(e)}`);

  // WCAG 2.2, 1.4.3: 4.5 to 1 for text, 3 to 1 for large text.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r, g, b].map((c, i) => (c * a + [R, G, B][i] * (255 - a)) / 255);
  const ground = (e) => {
    if (!e) return rgba(getComputedStyle(document.body).backgroundColor).slice(0, 3);
    const own = rgba(getComputedStyle(e).backgroundColor);
    return own[3] === 255 ? own.slice(0, 3) : over(own, ground(e.parentElement));
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!/\w/.test(walker.currentNode.data) || !seen(e) || e.closest("svg, .unseen, .skip, :disabled, option, noscript")) continue;
    const style = getComputedStyle(e);
    const back = ground(e);
    const front = over(rgba(style.color), back);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < needed) wrong.push(`contrast ${ratio.toFixed(2)} of "${walker.currentNode.data.trim().slice(0, 40)}" in ${e.className || e.tagName}`);
  }
  return [...new Set(wrong)];
}
