// SPDX-License-Identifier: Apache-2.0
//
// Scaling: a plot for each series of an experiment, and the parameters of the laws fitted to it.

import { svgElement } from "./band.js";
import { element, fitted, sentence } from "./dom.js";
import { count, exact, interval, seconds } from "./format.js";
import { lawColours, laws } from "./laws.js";
import { drawScaling } from "./scaling_plot.js";
import { seriesOf } from "./series.js";

function lineSwatch(law) {
  const look = {
    stroke: lawColours[law] ?? "var(--quiet)",
    "stroke-width": 2,
    "stroke-dasharray": laws[law]?.dash ?? "none",
  };
  const line = svgElement("line", { x2: 30, y1: 4, y2: 4, ...look });
  return svgElement("svg", { width: 30, height: 8, class: "line", "aria-hidden": "true" }, line);
}

function fitLine(fit) {
  const law = laws[fit.law];
  const each = Object.entries(fit.parameters ?? {}).map(([name, { value, low, high } = {}]) =>
    element(
      "span",
      { "data-parameter": name, "data-value": value, title: exact(value) },
      `${name.replaceAll("_", " ")} ${count3(value)} (${interval(low, high, count3)})`,
    ),
  );
  const separated = each.flatMap((one, i) => (i > 0 ? [", ", one] : [one]));
  return element(
    "li",
    { "data-law": fit.law },
    lineSwatch(fit.law),
    `${law?.name ?? fit.law}: `,
    separated,
  );
}

const count3 = (value) => (typeof value === "number" ? value.toPrecision(3) : count(value));

/** A fit may leave out what it is not of its own. */
function matches(fit, { load, affinity, size, grain }) {
  const same = (name, value) => fit[name] == null || value == null || fit[name] === value;
  return (
    fit.load === load && same("affinity", affinity) && same("size", size) && same("grain_s", grain)
  );
}

function sizeName({ size, weak, base }) {
  if (weak) return `weak scaling, ${count(base.size)} on ${base.threads}`;
  return size == null ? null : `size ${count(size)}`;
}

function name(series) {
  const { load, affinity, grain } = series;
  const parts = [
    load,
    affinity,
    sizeName(series),
    grain == null ? null : `grain ${seconds(grain)}`,
  ];
  return parts.filter((part) => part != null).join(", ");
}

function figureOf(series, fits) {
  const own = fits.filter((fit) => matches(fit, series));
  const known = own.filter((fit) => laws[fit.law]);
  const { box } = fitted("plot", (width) => drawScaling(series, known, width));
  const { threads, median_s } = series.base;
  const base = `Relative to the median at ${count(threads)}: ${seconds(median_s)}.`;
  return element(
    "figure",
    { "data-load": series.load },
    element("figcaption", null, name(series), " ", element("span", { class: "remark" }, base)),
    box,
    element("ul", { class: "legend column" }, own.map(fitLine)),
  );
}

const READING =
  "Dots are medians, with confidence intervals as bars; open dots were too noisy. Dotted is the " +
  "ideal. Coloured are fitted laws, with their parameters and intervals below.";

export function scaling({ rows, fits }) {
  const all = seriesOf(rows);
  if (all.length === 0) return sentence("No experiment was measured, so there is no scaling.");
  return [
    sentence(READING),
    element(
      "div",
      { class: "figures" },
      all.map((series) => figureOf(series, fits)),
    ),
  ];
}
