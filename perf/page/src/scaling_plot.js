// SPDX-License-Identifier: Apache-2.0
//
// The plot of one series over threads: medians with their intervals, the ideal line, fitted laws.

import { areaY, axisX, axisY, dot, line, ruleX } from "@observablehq/plot";
import { count, exact, interval } from "./format.js";
import { lawColours, laws, parameters } from "./laws.js";
import { picture } from "./picture.js";

const STEPS = 80;

/** Points of a fitted law between 1 and `most` threads; low and high where one parameter is all. A
 * law has a rate of one thread of its own, which is not quite the measured one. */
function curve(fit, most, unit) {
  const law = laws[fit.law];
  const names = Object.keys(fit.parameters ?? {});
  const scale = (fit.rate?.value ?? unit) / unit;
  const at = (p, which) => scale * law.at(p, parameters(fit, which));
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const threads = 1 + ((most - 1) * i) / STEPS;
    const band = names.length === 1 ? { low: at(threads, "high"), high: at(threads, "low") } : {};
    return { threads, value: at(threads, "value"), ...band };
  }).filter(({ value }) => Number.isFinite(value));
}

function pointTitle({ row, value, low, high }) {
  const noisy = row.noisy ? ", too noisy" : "";
  const confidence = row.confidence ? `${count(100 * row.confidence)} % ` : "";
  return [
    `${count(row.threads)} threads: ${exact(row.median_s, "s")}${noisy}`,
    `${confidence}interval ${interval(row.low_s, row.high_s, exact)} s`,
    `speed-up ${exact(value)} (${interval(low, high, exact)})`,
  ].join("\n");
}

function lawMarks(fit, most, unit) {
  const points = curve(fit, most, unit);
  const colour = lawColours[fit.law];
  const band = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  return [
    areaY(band, { x: "threads", y1: "low", y2: "high", fill: colour, fillOpacity: 0.15 }),
    line(points, {
      x: "threads",
      y: "value",
      stroke: colour,
      strokeWidth: 1.75,
      strokeDasharray: laws[fit.law].dash,
      ariaLabel: () => `fit ${fit.law}`,
    }),
  ];
}

function marks({ points, unit }, fits, most) {
  const shown = points.filter(({ value }) => value !== null);
  const ranged = shown.filter(({ low, high }) => low !== null && high !== null);
  const ideal = [
    { threads: 1, value: 1 },
    { threads: most, value: most },
  ];
  return [
    line(ideal, {
      x: "threads",
      y: "value",
      stroke: "var(--quiet)",
      strokeDasharray: "2 4",
      ariaLabel: () => "ideal",
    }),
    ...fits.flatMap((fit) => lawMarks(fit, most, unit)),
    ruleX(ranged, {
      x: "threads",
      y1: "low",
      y2: "high",
      stroke: "var(--text)",
      strokeWidth: 2,
      ariaLabel: () => "confidence interval",
    }),
    dot(shown, {
      x: "threads",
      y: "value",
      r: 4,
      stroke: "var(--text)",
      fill: ({ row }) => (row.noisy ? "var(--page)" : "var(--text)"),
      title: pointTitle,
      ariaLabel: () => "median",
    }),
  ];
}

function threadTicks(points, width) {
  const counts = [...new Set(points.map(({ threads }) => threads))];
  const every = Math.ceil((28 * counts.length) / width);
  return counts.filter((_, i) => (counts.length - 1 - i) % every === 0);
}

export function drawScaling(series, fits, width) {
  const most = Math.max(2, ...series.points.map(({ threads }) => threads));
  // Doublings of many threads would crowd at the left of a linear axis.
  const type = most > 16 ? "log" : "linear";
  return picture(`Speed-up of ${series.load}`, {
    width,
    height: Math.min(340, Math.max(240, 0.7 * width)),
    marginLeft: 44,
    marginBottom: 40,
    x: { type, label: "threads", domain: [type === "log" ? 1 : 0.5, most * 1.04] },
    y: { type, label: "speed-up", grid: true },
    marks: [
      // Texts, since a format is not used for all ticks of a logarithmic axis.
      axisX({ ticks: threadTicks(series.points, width), text: count }),
      axisY({ text: count, ticks: 6 }),
      ...marks(series, fits, most),
    ],
  });
}
