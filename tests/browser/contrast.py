"""Contrasts as the browser draws them: texts on their grounds, and pairs of a page's own colours."""

CONTRASTS = """
const canvas = document.createElement("canvas");
canvas.width = canvas.height = 1;
const ink = canvas.getContext("2d", {willReadFrequently: true});
function rgba(colour) {
  ink.clearRect(0, 0, 1, 1);
  ink.fillStyle = colour;
  ink.fillRect(0, 0, 1, 1);
  return [...ink.getImageData(0, 0, 1, 1).data];
}
function luminance(colour) {
  const [r, g, b] = rgba(colour).slice(0, 3).map((v) => {
    const c = v / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
function ground(element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (rgba(colour)[3] === 255) return colour;
  }
  return "white";
}
const low = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || e.closest("svg, script, .skip") || !e.checkVisibility()) continue;
  const ratio = contrast(getComputedStyle(e).color, ground(e));
  seen += 1;
  if (ratio < 4.5) low.push([ratio.toFixed(2), e.className, walker.currentNode.textContent.trim().slice(0, 40)]);
}
const at = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
for (const pair of arguments[0]) {
  const ratio = contrast(at(pair[0]), at(pair[1]));
  if (ratio < pair[2]) low.push([ratio.toFixed(2), pair.join(" ")]);
}
return [seen, low];
"""
