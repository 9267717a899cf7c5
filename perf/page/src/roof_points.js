// SPDX-License-Identifier: Apache-2.0
//
// Points of the roofline: {name, source, intensity, rate} of regions and of loads that have both
// flops and bytes.

import { path } from "./data.js";

// Where a region's work may be known from, by the names of the metrics (yoke/measure.h).
const pairs = [{ source: "declared", flops: "declared flops", bytes: "declared bytes" }];

function regionPoint({ profile, total, source, flops, bytes }) {
  if (!(flops > 0 && bytes > 0 && total.longest > 0)) return null;
  const name = path(profile.regions, total.index).at(-1);
  return { name, source, intensity: flops / bytes, rate: flops / total.longest };
}

function regionPoints(profile, totals) {
  const find = (name) => profile.metrics.findIndex((metric) => metric.name === name);
  return pairs.flatMap(({ source, flops, bytes }) => {
    const [f, b] = [find(flops), find(bytes)];
    return totals.map((total) =>
      regionPoint({ profile, total, source, flops: total.values[f], bytes: total.values[b] }),
    );
  });
}

function loadPoint({ load, threads, flops_s, bytes_s }) {
  if (!(flops_s > 0 && bytes_s > 0)) return null;
  return {
    name: `${load} × ${threads}`,
    load,
    source: "declared",
    intensity: flops_s / bytes_s,
    rate: flops_s,
  };
}

/** The fastest point of each load has its name in the plot; the others would be below each other. */
function nameFastest(points) {
  const fastest = new Map();
  for (const point of points) {
    if (!(fastest.get(point.load)?.rate >= point.rate)) fastest.set(point.load, point);
  }
  return points.map((point) => ({
    ...point,
    label: point.load === undefined || fastest.get(point.load) === point ? point.name : "",
  }));
}

export function roofPoints({ profile, experiment }, totals) {
  const regions = profile ? regionPoints(profile, totals) : [];
  const loads = experiment ? experiment.rows.map(loadPoint) : [];
  return nameFastest([...regions, ...loads].filter((point) => point !== null));
}
