// SPDX-License-Identifier: Apache-2.0
//
// Points of the roofline: {name, label, source, intensity, rate} of regions and of loads that have
// both flops and bytes. Regions that only contain others have none.

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

/** Flops and bytes of each region, with the regions inside. */
function worksOf(profile, { flops, bytes }) {
  const cells = Map.groupBy(profile.cells, ({ region }) => region);
  return profile.regions.map((_, index) => {
    const own = cells.get(index) ?? [];
    return {
      flops: amount(own, profile.metrics, flops),
      bytes: amount(own, profile.metrics, bytes),
    };
  });
}

// Less than this share of a region's flops outside of the regions inside is no work of its own.
const OWN_SHARE = 0.01;

/** Whether a region does more than contain others, which have points of their own. */
function worksItself(regions, works, index) {
  const inside = works.filter((_, child) => regions[child].parent === index);
  const theirs = inside.reduce((sum, { flops }) => sum + (flops ?? 0), 0);
  return works[index].flops - theirs > OWN_SHARE * works[index].flops;
}

function pointsOf(profile, totals, { source, scale, ...wanted }) {
  const works = worksOf(profile, wanted);
  return totals.map(({ index, longest }) => {
    const { flops, bytes } = works[index];
    if (!(flops > 0 && bytes > 0 && longest > 0)) return null;
    if (!worksItself(profile.regions, works, index)) return null;
    const name = path(profile.regions, index).at(-1);
    return { name, source, intensity: flops / bytes, rate: (scale * flops) / longest };
  });
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
  const regions = profile ? sources.flatMap((each) => pointsOf(profile, totals, each)) : [];
  const loads = experiment ? experiment.rows.map(loadPoint) : [];
  return withLabels([...regions, ...loads].filter((point) => point !== null));
}
