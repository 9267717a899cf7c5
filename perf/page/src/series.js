// SPDX-License-Identifier: Apache-2.0
//
// Rows of experiments as series over threads: one for each load, affinity, grain and size. In weak
// scaling the size goes along with the threads, and what counts is the size of a thread.
//
// The speed-up is that of the rate, items / time, so it means the same for strong and weak scaling.
// It is relative to the median of the row with the fewest threads.

import { isNumber } from "./format.js";

function byThreads(rows) {
  return rows
    .filter(({ threads, median_s }) => threads > 0 && median_s > 0)
    .sort((a, b) => a.threads - b.threads);
}

// Of a program a run is the item.
const items = (row) => row.items ?? row.size ?? 1;

function speedup(row, base, time) {
  if (!isNumber(time) || time <= 0) return null;
  return (base.threads * items(row) * base.median_s) / (time * items(base));
}

function point(row, base) {
  return {
    row,
    threads: row.threads,
    value: speedup(row, base, row.median_s),
    // The longest time is the least speed-up.
    low: speedup(row, base, row.high_s),
    high: speedup(row, base, row.low_s),
  };
}

function oneSeries(rows, weak) {
  const [base] = rows;
  return {
    load: base.load,
    affinity: base.affinity,
    grain: base.grain_s,
    size: weak ? null : base.size,
    threadSize: weak ? base.size / base.threads : null,
    base,
    // What the speed-up is relative to: items a second of one thread.
    unit: items(base) / base.median_s / base.threads,
    points: rows.map((row) => point(row, base)),
  };
}

export function seriesOf(rows, weak) {
  const key = ({ load, affinity, grain_s, size, threads }) =>
    JSON.stringify([load, affinity, grain_s, weak && size != null ? size / threads : size]);
  return [...Map.groupBy(byThreads(rows), key).values()].map((own) => oneSeries(own, weak));
}
