// SPDX-License-Identifier: Apache-2.0
//
// Where the time of each thread, or of each core, went: its own work, running in parallel, waiting,
// and outside of all regions. Bars of the same length of work are a balanced load.

import { barX } from "@observablehq/plot";
import { activityColour } from "./colours.js";
import { HATCHED, rowBand } from "./band.js";
import { element, fitted, sentence } from "./dom.js";
import { exact, seconds } from "./format.js";
import { picture } from "./picture.js";
import { numbers, table } from "./table.js";

const names = { work: "work", runtime: "runtime", wait: "waiting", outside: "outside of regions" };
const colours = { ...activityColour, outside: "var(--outside)" };

/** Parts of bars: {row, activity, time}, with the time of cells added up. */
function partsBy(profile, key) {
  const sums = new Map();
  for (const cell of profile.cells) {
    const activity = cell.region === 0 ? "outside" : profile.regions[cell.region]?.activity;
    const name = `${cell[key]} ${activity}`;
    const part = sums.get(name) ?? { row: cell[key], activity, time: 0 };
    part.time += cell.self_s ?? 0;
    sums.set(name, part);
  }
  const order = Object.keys(names);
  return [...sums.values()].sort(
    (a, b) => a.row - b.row || order.indexOf(a.activity) - order.indexOf(b.activity),
  );
}

function longestBar(parts) {
  const sums = new Map();
  for (const { row, time } of parts) sums.set(row, (sums.get(row) ?? 0) + time);
  return Math.max(1e-9, ...sums.values());
}

function marks(parts, rowName) {
  const place = { x: "time", y: "row" };
  return [
    barX(parts, {
      ...place,
      fill: ({ activity }) => colours[activity] ?? colours.outside,
      title: ({ row, activity, time }) =>
        `${rowName} ${row}: ${names[activity]} ${exact(time, "s")}`,
    }),
    // The same bars again, so that the hatched ones lie where those of waiting do.
    barX(parts, {
      ...place,
      fill: ({ activity }) => (activity === "wait" ? HATCHED : "none"),
      pointerEvents: "none",
    }),
  ];
}

function draw(parts, rowName, width) {
  const rows = rowBand([...new Set(parts.map(({ row }) => row))]);
  return picture(`Where the time of each ${rowName} went`, {
    width,
    height: rows.height + 42,
    marginLeft: 44,
    marginRight: 16,
    marginTop: 4,
    marginBottom: 38,
    x: {
      label: "time",
      domain: [0, longestBar(parts)],
      tickFormat: seconds,
      ticks: Math.max(2, width / 130),
      grid: true,
    },
    y: rows.scale,
    color: { type: "identity" },
    marks: marks(parts, rowName),
  });
}

function legend() {
  const item = ([activity, name]) => {
    const look = {
      class: activity === "wait" ? "swatch hatched" : "swatch",
      style: `background-color:${colours[activity]}`,
    };
    return element("li", null, element("span", look), name);
  };
  return element("ul", { class: "legend" }, Object.entries(names).map(item));
}

/** The same figures for who cannot see the bars: a row for each thread or core. */
function asTable(parts, rowName) {
  const rows = [...Map.groupBy(parts, ({ row }) => row)].map(([row, own]) => ({
    row,
    ...Object.fromEntries(own.map(({ activity, time }) => [activity, time])),
  }));
  const times = Object.entries(names).map(([activity, name]) =>
    numbers(name, (row) => row[activity] ?? 0, seconds, "s"),
  );
  const columns = [numbers(rowName, ({ row }) => row, String), ...times];
  return table(`Time of each ${rowName}`, columns, rows);
}

function byRow(parts, rowName) {
  const { box } = fitted("bars", (width) => draw(parts, rowName, width));
  const summary = element("summary", null, "as a table");
  const figures = element("details", null, summary, asTable(parts, rowName));
  return [element("h3", null, `by ${rowName}`), box, figures];
}

export function threads(profile) {
  const parts = partsBy(profile, "thread");
  if (parts.length === 0) return sentence("No region was recorded on any thread.");
  if (parts.every(({ time }) => time === 0))
    return sentence("The times of the regions were not measured.");
  return [legend(), ...byRow(parts, "thread"), ...byRow(partsBy(profile, "cpu"), "core")];
}
