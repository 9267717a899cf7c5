// SPDX-License-Identifier: Apache-2.0
//
// The measured rows of experiments as a table.

import { sentence } from "./dom.js";
import { count, exact, figure, interval, seconds } from "./format.js";
import { table } from "./table.js";

function number(title, value, text, unit) {
  return {
    title,
    number: true,
    value,
    cell: (row, shown) => text(shown),
    exact: (row, shown) => exact(shown, unit),
  };
}

export function experiments({ rows }) {
  if (rows.length === 0) return sentence("No experiment was measured.");
  const columns = [
    { title: "load", value: ({ load }) => load },
    number("size", ({ size }) => size, count),
    number("threads", ({ threads }) => threads, count),
    { title: "affinity", value: ({ affinity }) => affinity },
    number("median", ({ median_s }) => median_s, seconds, "s"),
    {
      title: "interval",
      value: ({ low_s, high_s }) => interval(low_s, high_s, seconds),
      exact: ({ low_s, high_s }) => interval(low_s, high_s, exact),
    },
    number(
      "confidence",
      ({ confidence }) => confidence,
      (value) => figure(value == null ? null : 100 * value, "%"),
    ),
    number("runs", ({ runs }) => runs, count),
    number(
      "items",
      ({ rate }) => rate,
      (value) => figure(value, "items/s"),
      "items/s",
    ),
    number(
      "bandwidth",
      ({ bytes_s }) => bytes_s,
      (value) => figure(value, "bytes/s"),
      "B/s",
    ),
    number(
      "arithmetic",
      ({ flops_s }) => flops_s,
      (value) => figure(value, "flops/s"),
      "flop/s",
    ),
    { title: "noise", value: ({ noisy }) => (noisy == null ? null : noisy ? "too noisy" : "calm") },
  ];
  return table("Medians and their confidence intervals", columns, rows);
}
