// SPDX-License-Identifier: Apache-2.0
//
// The table of regions: calls, times and every metric, each with where it comes from.

import { path } from "./data.js";
import { element, sentence } from "./dom.js";
import { count, exact, figure, percent, seconds } from "./format.js";
import { table } from "./table.js";

// Calls and times are counted by yoke itself.
const OWN = "yoke";

function nameColumn({ regions }) {
  return {
    title: "region",
    value: ({ index }) => path(regions, index).join(" › "),
    cell: ({ index, region }) => {
      const names = path(regions, index);
      const before = names
        .slice(0, -1)
        .map((name) => `${name} › `)
        .join("");
      return element(
        "span",
        null,
        element("span", { class: "parents" }, before),
        names.at(-1),
        element("span", { class: `tag ${region.activity}` }, region.activity),
      );
    },
  };
}

function timeColumn(title, about, value) {
  return {
    title,
    about,
    source: OWN,
    number: true,
    value,
    cell: (row, time) => seconds(time),
    exact: (row, time) => exact(time, "s"),
  };
}

/** The kernel's figures are read in some of the calls only, and are theirs; yoke's are of all. */
function callsRead({ read, calls }, { source }) {
  if (source === OWN || !(read < calls)) return null;
  return element("span", { class: "calls" }, `of ${count(read)} calls`);
}

function metricColumn(metric, i) {
  return {
    title: metric.name,
    about: metric.adds_up ? "added up over threads" : "mean over threads, weighted by time",
    source: metric.source,
    number: true,
    value: ({ values }) => values[i],
    cell: (row, value) => [
      figure(value, metric.unit),
      value == null ? null : callsRead(row, metric),
    ],
    exact: (row, value) => exact(value, metric.unit),
  };
}

export function regions(profile, totals) {
  const rows = totals.filter(({ calls }) => calls > 0);
  if (rows.length === 0) return sentence("No region was recorded.");
  const allSelf = rows.reduce((sum, { self }) => sum + (self ?? 0), 0);
  const columns = [
    nameColumn(profile),
    {
      title: "calls",
      source: OWN,
      number: true,
      value: ({ calls }) => calls,
      cell: (row, value) => count(value),
    },
    timeColumn("time", "of all threads, with the regions inside", ({ wall }) => wall),
    timeColumn("own time", "of all threads, without the regions inside", ({ self }) => self),
    {
      title: "share",
      about: "of the own times of all regions",
      number: true,
      value: ({ self }) => (allSelf > 0 && self !== null ? self / allSelf : null),
      cell: (row, value) => percent(value),
    },
    ...profile.metrics.map(metricColumn),
  ];
  return [
    sentence("A click on a heading sorts. Below it stands where the figure comes from."),
    table("Regions, all threads together", columns, rows),
  ];
}
