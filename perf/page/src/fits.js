// SPDX-License-Identifier: Apache-2.0
//
// The laws that were fitted to a series, with their parameters and intervals, and what the best of
// them predicts.

import { svgElement } from "./band.js";
import { element } from "./dom.js";
import { count, exact, interval, isNumber, threeDigits } from "./format.js";
import { lawColours, laws } from "./laws.js";

function lineSwatch(law) {
  const look = {
    stroke: lawColours[law] ?? "var(--quiet)",
    "stroke-width": 2,
    "stroke-dasharray": laws[law]?.dash ?? "none",
  };
  const line = svgElement("line", { x2: 30, y1: 4, y2: 4, ...look });
  return svgElement("svg", { width: 30, height: 8, class: "line", "aria-hidden": "true" }, line);
}

const short = (value) => (isNumber(value) ? threeDigits(value) : count(value));

function fitLine(fit) {
  const law = laws[fit.law];
  const each = Object.entries(fit.parameters ?? {}).map(([name, { value, low, high } = {}]) =>
    element(
      "span",
      { "data-parameter": name, "data-value": value, title: exact(value) },
      `${name.replaceAll("_", " ")} ${short(value)} (${interval(low, high, short)})`,
    ),
  );
  const separated = each.flatMap((one, i) => (i > 0 ? [", ", one] : [one]));
  const name = element(fit.best ? "strong" : "span", null, law?.name ?? fit.law);
  return element("li", { "data-law": fit.law }, lineSwatch(fit.law), name, ": ", separated);
}

/** How far the law that predicts best says that threads help. */
function outlook({ law, limit, limit_threads }) {
  const name = laws[law]?.name ?? law;
  if (!isNumber(limit)) return `Best fit: ${name}.`;
  const place = isNumber(limit_threads) ? `, with ${short(limit_threads)} threads` : "";
  return `Best fit: ${name}. By it the speed-up is at most ${short(limit)}${place}.`;
}

export function fitLegend(fits) {
  const best = fits.find((fit) => fit.best);
  const items = fits.map(fitLine);
  if (best) items.push(element("li", { class: "remark" }, outlook(best)));
  return element("ul", { class: "legend column" }, items);
}
