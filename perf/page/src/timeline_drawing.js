// SPDX-License-Identifier: Apache-2.0
//
// The drawing of a timeline's view: {rows, from, to, profile, colours}, and what is at a place of it.
// All columns of one look are one element, so that 64 threads with 10,000 spans are some dozen.

import { HATCHED, rowBand, svgElement } from "./band.js";
import { seconds } from "./format.js";
import { picture } from "./picture.js";
import { columnRuns, segmentAt } from "./spans.js";

const margins = { marginLeft: 44, marginRight: 16, marginTop: 4, marginBottom: 36 };

/** The seconds of each region between from and to, on all rows. */
export function timesBetween(rows, from, to) {
  const times = new Map();
  for (const { begin, end, region } of rows.flatMap(({ segments }) => segments)) {
    const time = Math.min(end, to) - Math.max(begin, from);
    if (time > 0) times.set(region, (times.get(region) ?? 0) + time);
  }
  return times;
}

/** Runs of all rows by look: {region, opacity, boxes}, the boxes as path data. */
function looks({ rows, from, to }, { x, y }) {
  const [left, right] = [x(from), x(to)];
  const columns = Math.max(1, Math.round(right - left));
  const at = (column) => (left + (column * (right - left)) / columns).toFixed(1);
  const found = new Map();
  for (const { name, segments } of rows) {
    for (const { region, opacity, first, last } of columnRuns(segments, from, to, columns)) {
      const key = `${region} ${opacity}`;
      if (!found.has(key)) found.set(key, { region, opacity, boxes: "" });
      found.get(key).boxes +=
        `M${at(first)} ${y(name)}H${at(last + 1)}v${y.bandwidth()}H${at(first)}z`;
    }
  }
  return found.values();
}

function spansMark(view) {
  return (index, scales) => {
    const times = timesBetween(view.rows, view.from, view.to);
    const group = svgElement("g", { "aria-label": "spans" });
    for (const { region, opacity, boxes } of looks(view, scales)) {
      const shown = { fill: view.colours[region] ?? "var(--other)", "fill-opacity": opacity };
      group.append(
        svgElement("path", {
          d: boxes,
          ...shown,
          "data-region": region,
          "data-seconds": times.get(region),
        }),
      );
      if (view.profile.regions[region]?.activity !== "wait") continue;
      group.append(svgElement("path", { d: boxes, fill: HATCHED }));
    }
    return group;
  };
}

function scales({ rows, from, to }, width) {
  const band = rowBand(rows.map(({ name }) => name));
  return {
    height: band.height + margins.marginTop + margins.marginBottom,
    x: {
      domain: [from, to],
      label: "time since the start",
      ticks: Math.max(2, width / 130),
      tickFormat: seconds,
    },
    y: band.scale,
  };
}

export function drawTimeline(view, width) {
  const { from, to, rows } = view;
  const label = `Timeline of ${rows.length} rows from ${seconds(from)} to ${seconds(to)}`;
  return picture(label, { ...margins, ...scales(view, width), width, marks: [spansMark(view)] });
}

/** The row and the time below the pointer, and the segment there. */
export function placeOf(event, drawing, view) {
  const box = drawing.getBoundingClientRect();
  const scale = drawing.viewBox.baseVal.width / box.width;
  const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  const [x, y] = [drawing.scale("x"), drawing.scale("y")];
  const row = view.rows.find(({ name }) => py >= y.apply(name) && py < y.apply(name) + y.bandwidth);
  const time = x.invert(px);
  // Two pixels, so that short spans can be met.
  const segment = row && segmentAt(row.segments, time, (2 * (view.to - view.from)) / box.width);
  return { row, time, segment };
}
