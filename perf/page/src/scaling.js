// SPDX-License-Identifier: Apache-2.0
//
// Scaling: a plot for each series of an experiment, and the parameters of the laws fitted to it.

import { element, fitted, sentence } from "./dom.js";
import { fitLegend } from "./fits.js";
import { count, seconds } from "./format.js";
import { laws } from "./laws.js";
import { drawScaling } from "./scaling_plot.js";
import { seriesOf } from "./series.js";

/** What a fit does not say may be anything. */
function matches(fit, { load, affinity, size, threadSize, grain }) {
  const wanted = { load, affinity, size, thread_size: threadSize, grain_s: grain };
  return Object.entries(wanted).every(
    ([key, value]) => fit[key] == null || value == null || fit[key] === value,
  );
}

function sizeName({ size, threadSize }) {
  if (threadSize != null) return `weak scaling, size ${count(threadSize)} for each thread`;
  return size == null ? null : `size ${count(size)}`;
}

function name(series) {
  const { load, affinity, grain } = series;
  const parts = [
    load,
    affinity === "none" ? null : affinity,
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
    fitLegend(own),
  );
}

const READING =
  "Dots are medians, with confidence intervals as bars; open dots were too noisy. Dotted is the " +
  "ideal. Coloured are fitted laws, with their parameters and intervals below.";

export function scaling({ rows, fits, weak }) {
  const all = seriesOf(rows, weak).filter(({ points }) => points.length > 1);
  if (all.length === 0)
    return sentence(
      "No load was measured with several numbers of threads, so there is no scaling.",
    );
  return [
    sentence(READING),
    element(
      "div",
      { class: "figures" },
      all.map((series) => figureOf(series, fits)),
    ),
  ];
}
