// SPDX-License-Identifier: Apache-2.0
//
// Points of the roofline: {name, label, source, intensity, rate} of regions and of loads that have
// both flops and bytes.

import { path } from "./data.js";
import { isNumber } from "./format.js";

// Where the work of a region may be known from: what the program declares (yoke/measure.h), and what
// likwid counts, which are rates in millions.
const declared = (name) => (metric) => metric.name === name;
const counted = (pattern) => (metric) =>
  metric.source.startsWith("likwid") && pattern.test(metric.name);
const sources = [
  {
    source: "declared",
    scale: 1,
    flops: declared("declared flops"),
    bytes: declared("declared bytes"),
  },
  {
    source: "counted",
    scale: 1e6,
    flops: counted(/^[DS]P \[MFLOP\/s\]/),
    bytes: counted(/^Memory bandwidth \[MBytes\/s\]/),
  },
];

/** The sum over cells of all metrics that are wanted; a rate counts as long as the cell took. */
function amount(cells, metrics, wanted) {
  let sum = null;
  metrics.forEach((metric, i) => {
    if (!wanted(metric)) return;
    for (const { values, wall_s } of cells) {
      if (isNumber(values[i])) sum = (sum ?? 0) + (metric.adds_up ? values[i] : values[i] * wall_s);
    }
  });
  return sum;
}

function regionPoint(profile, total, { source, scale, flops, bytes }) {
  const own = profile.cells.filter(({ region }) => region === total.index);
  const [f, b] = [flops, bytes].map((wanted) => amount(own, profile.metrics, wanted));
  if (!(f > 0 && b > 0 && total.longest > 0)) return null;
  const name = path(profile.regions, total.index).at(-1);
  return { name, source, intensity: f / b, rate: (scale * f) / total.longest };
}

function regionPoints(profile, totals) {
  return sources.flatMap((source) => totals.map((total) => regionPoint(profile, total, source)));
}

function loadPoint({ load, threads, flops_s, bytes_s }) {
  if (!(flops_s > 0 && bytes_s > 0)) return null;
  const name = `${load} × ${threads}`;
  return { name, load, source: "declared", intensity: flops_s / bytes_s, rate: flops_s };
}

/** Of a load the fastest point has its name in the plot; the others would be below each other. */
function withLabels(points) {
  const fastest = new Map();
  for (const point of points) {
    if (!(fastest.get(point.load)?.rate >= point.rate)) fastest.set(point.load, point);
  }
  const isNamed = (point) => point.load === undefined || fastest.get(point.load) === point;
  return points.map((point) => ({ ...point, label: isNamed(point) ? point.name : "" }));
}

export function roofPoints({ profile, experiment }, totals) {
  const regions = profile ? regionPoints(profile, totals) : [];
  const loads = experiment ? experiment.rows.map(loadPoint) : [];
  return withLabels([...regions, ...loads].filter((point) => point !== null));
}
