// SPDX-License-Identifier: Apache-2.0
//
// Rows of threads or cores in a drawing, and the hatching that means waiting.

/** The height and the scale of rows with these names, of a height that suits their number; labels
 * stand where there is room. */
export function rowBand(names) {
  const height = Math.max(9, Math.min(28, Math.floor(480 / names.length)));
  const every = Math.ceil(13 / height);
  const ticks = names.filter((_, i) => i % every === 0);
  return {
    height: height * names.length,
    scale: { type: "band", domain: names, padding: 0.1, label: null, ticks },
  };
}

export function svgElement(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const HATCHED = "url(#hatch)";

/** What HATCHED refers to; stands once in the page. */
export function hatching() {
  const line = svgElement("rect", { width: 1.5, height: 5, fill: "var(--page)" });
  const size = {
    id: "hatch",
    width: 5,
    height: 5,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  return svgElement(
    "svg",
    { width: 0, height: 0, "aria-hidden": "true" },
    svgElement("pattern", size, line),
  );
}
