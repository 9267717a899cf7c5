// SPDX-License-Identifier: Apache-2.0
//
// The plot of a roofline: both axes logarithmic, the roof where it was measured, and the points.

import { dot, line, text } from "@observablehq/plot";
import { exact, flopRate, isNumber, percent, threeDigits } from "./format.js";
import { picture } from "./picture.js";

/** The most that can be done at an intensity; Infinity: not measured. */
export function attainable({ flops, bytes }, intensity) {
  return Math.min(
    isNumber(flops) ? flops : Infinity,
    isNumber(bytes) ? bytes * intensity : Infinity,
  );
}

/** The bends of the roof between two intensities. */
function roofLine(roof, from, to) {
  const ridge = roof.flops / roof.bytes;
  const bends = ridge > from && ridge < to ? [from, ridge, to] : [from, to];
  return bends
    .map((intensity) => ({ intensity, rate: attainable(roof, intensity) }))
    .filter(({ rate }) => Number.isFinite(rate));
}

/** Room around the values of an axis. */
const around = (values) => [Math.min(...values) / 3, Math.max(...values) * 3];

function intensities(points, roof) {
  const ridge = roof.flops > 0 && roof.bytes > 0 ? [roof.flops / roof.bytes] : [];
  return around([...points.map(({ intensity }) => intensity), ...ridge]);
}

function rates(points, roof) {
  const most = points.map(({ intensity }) => attainable(roof, intensity)).filter(Number.isFinite);
  const top = roof.flops > 0 ? [roof.flops] : [];
  return around([...points.map(({ rate }) => rate), ...most, ...top]);
}

function title(point, roof) {
  const most = attainable(roof, point.intensity);
  const share = Number.isFinite(most) ? `\n${percent(point.rate / most)} of the roof there` : "";
  const figures = `${exact(point.intensity, "flop/byte")}\n${exact(point.rate, "flop/s")}`;
  return `${point.name} (${point.source})\n${figures}${share}`;
}

function marks(points, roof, [from, to]) {
  const place = { x: "intensity", y: "rate" };
  return [
    line(roofLine(roof, from, to), {
      ...place,
      stroke: "var(--text)",
      strokeWidth: 2,
      clip: true,
      ariaLabel: () => "roof",
    }),
    dot(points, {
      ...place,
      r: 5,
      fill: "var(--blue)",
      stroke: "var(--page)",
      symbol: ({ source }) => (source === "counted" ? "diamond" : "circle"),
      title: (point) => title(point, roof),
    }),
    text(points, {
      ...place,
      text: "label",
      dy: -12,
      lineWidth: 14,
      textOverflow: "ellipsis",
      stroke: "var(--page)",
      fill: "var(--text)",
    }),
  ];
}

export function drawRoofline(points, roof, width) {
  const domain = intensities(points, roof);
  const axis = { type: "log", grid: true };
  return picture("Roofline", {
    width,
    height: Math.min(420, Math.max(280, 0.55 * width)),
    marginLeft: 84,
    marginRight: 24,
    marginBottom: 40,
    x: {
      ...axis,
      domain,
      label: "flop per byte",
      ticks: Math.max(2, width / 160),
      tickFormat: threeDigits,
    },
    y: {
      ...axis,
      domain: rates(points, roof),
      label: "flop per second",
      ticks: 5,
      tickFormat: flopRate,
    },
    symbol: { type: "identity" },
    marks: marks(points, roof, domain),
  });
}
