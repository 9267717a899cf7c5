// SPDX-License-Identifier: Apache-2.0
//
// The measured rows of experiments as a table.

import { sentence } from "./dom.js";
import { count, exact, interval, percent, seconds, withPrefix } from "./format.js";
import { numbers, table } from "./table.js";

const rate = (title, value, unit) =>
  numbers(title, value, (shown) => withPrefix(shown, unit), unit);

/** Why there is no figure, or how far it can be believed. */
function remark({ error, cut, noisy, steady }) {
  const noise = noisy == null ? null : noisy ? "too noisy" : "calm";
  return error ?? (cut ? "cut short" : steady === false ? "still changing" : noise);
}

/** The smallest task that still leaves a given efficiency, by load. */
function granularity(metg) {
  if (metg.length === 0) return null;
  const bound = ({ seconds: found, below_s }) =>
    found?.value == null && below_s != null ? `below ${seconds(below_s)}` : seconds(found?.value);
  const columns = [
    { title: "load", value: ({ load }) => load },
    numbers("threads", ({ threads }) => threads, count),
    numbers("efficiency", ({ efficiency }) => efficiency, percent),
    {
      ...numbers("task", ({ seconds: found }) => found?.value, seconds, "s"),
      cell: bound,
    },
    {
      title: "interval",
      value: ({ seconds: found }) => interval(found?.low, found?.high, seconds),
    },
  ];
  return table("Smallest tasks (minimum effective granularity)", columns, metg);
}

/** The figures of --group that were counted in the runs: a column each, where any row has them. */
function counted(rows) {
  const own = rows.filter(({ metrics }) => Array.isArray(metrics) && metrics.length > 0);
  if (own.length === 0) return null;
  const sources = new Map(
    own.flatMap(({ metrics }) => metrics).map(({ name, source }) => [name, source]),
  );
  const of = (row, name) => row.metrics.find((metric) => metric.name === name);
  const columns = [
    { title: "load", value: ({ load }) => load },
    numbers("size", ({ size }) => size, count),
    numbers("threads", ({ threads }) => threads, count),
    { title: "affinity", value: ({ affinity }) => affinity },
    ...[...sources].map(([name, source]) => ({
      ...numbers(name, (row) => of(row, name)?.median, count),
      exact: (row) => interval(of(row, name)?.low, of(row, name)?.high, exact),
      source,
    })),
  ];
  return table("Figures counted in a run (medians; their intervals as titles)", columns, own);
}

export function experiments({ rows, metg }) {
  if (rows.length === 0) return sentence("No experiment was measured.");
  const grains = rows.some(({ grain_s }) => grain_s != null);
  const columns = [
    { title: "load", value: ({ load }) => load },
    numbers("size", ({ size }) => size, count),
    numbers("threads", ({ threads }) => threads, count),
    { title: "affinity", value: ({ affinity }) => affinity },
    ...(grains ? [numbers("grain", ({ grain_s }) => grain_s, seconds, "s")] : []),
    numbers("median", ({ median_s }) => median_s, seconds, "s"),
    {
      title: "interval",
      value: ({ low_s, high_s }) => interval(low_s, high_s, seconds),
      exact: ({ low_s, high_s }) => interval(low_s, high_s, exact),
    },
    numbers("confidence", ({ confidence }) => confidence, percent),
    numbers("runs", ({ runs }) => runs, count),
    rate("items", ({ rate }) => rate, "items/s"),
    rate("bandwidth", ({ bytes_s }) => bytes_s, "B/s"),
    rate("arithmetic", ({ flops_s }) => flops_s, "flop/s"),
    { title: "remark", value: remark },
  ];
  return [table("Medians and their confidence intervals", columns, rows), counted(rows), granularity(metg)];
}
