// SPDX-License-Identifier: Apache-2.0
//
// The roofline (Williams, Waterman and Patterson, CACM 52(4), 2009): how much arithmetic each byte of
// memory gets, how much of it is done a second, and how much the machine could do at that intensity.

import { dot, line, plot, text } from "@observablehq/plot";
import { element, fitted, sentence } from "./dom.js";
import { exact, isNumber, percent, threeDigits, withPrefix } from "./format.js";
import { roofPoints } from "./roof_points.js";
import { table } from "./table.js";

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

function domain(points, roof) {
  const intensities = points.map(({ intensity }) => intensity);
  if (roof.flops > 0 && roof.bytes > 0) intensities.push(roof.flops / roof.bytes);
  return [Math.min(...intensities) / 4, Math.max(...intensities) * 4];
}

const flopRate = (value) => withPrefix(value, "flop/s");

function title(point, roof) {
  const most = attainable(roof, point.intensity);
  const share = Number.isFinite(most) ? `\n${percent(point.rate / most)} of the roof there` : "";
  return `${point.name} (${point.source})\n${exact(point.intensity, "flop/byte")}\n${exact(point.rate, "flop/s")}${share}`;
}

function draw(points, roof, width) {
  const [from, to] = domain(points, roof);
  const drawing = plot({
    width,
    height: Math.min(420, Math.max(280, 0.55 * width)),
    marginLeft: 84,
    marginRight: 24,
    marginBottom: 40,
    ariaLabel: "Roofline",
    x: {
      type: "log",
      domain: [from, to],
      label: "flop per byte",
      grid: true,
      ticks: Math.max(2, width / 160),
      tickFormat: threeDigits,
    },
    y: { type: "log", label: "flop per second", grid: true, ticks: 5, tickFormat: flopRate },
    marks: [
      line(roofLine(roof, from, to), {
        x: "intensity",
        y: "rate",
        stroke: "var(--text)",
        strokeWidth: 2,
        ariaLabel: () => "roof",
      }),
      dot(points, {
        x: "intensity",
        y: "rate",
        r: 5,
        fill: "var(--blue)",
        stroke: "var(--page)",
        symbol: ({ source }) => (source === "counted" ? "diamond" : "circle"),
        title: (point) => title(point, roof),
      }),
      text(points, {
        x: "intensity",
        y: "rate",
        text: "label",
        dy: -12,
        lineWidth: 14,
        textOverflow: "ellipsis",
        stroke: "var(--page)",
        fill: "var(--text)",
      }),
    ],
    symbol: { type: "identity" },
  });
  drawing.setAttribute("role", "img");
  return drawing;
}

function roofSentence({ flops, bytes }) {
  if (!isNumber(flops) && !isNumber(bytes))
    return "The roof of this machine was not measured, so the points have no roof above them.";
  return `The roof: ${isNumber(flops) ? withPrefix(flops, "flop/s") : "arithmetic not measured"}, ${isNumber(bytes) ? withPrefix(bytes, "B/s") : "bandwidth not measured"}, all cores together.`;
}

function pointTable(points, roof) {
  const share = ({ intensity, rate }) => {
    const most = attainable(roof, intensity);
    return Number.isFinite(most) ? rate / most : null;
  };
  const number = (heading, value, text, unit) => ({
    title: heading,
    number: true,
    value,
    cell: (row, shown) => text(shown),
    exact: (row, shown) => exact(shown, unit),
  });
  const columns = [
    { title: "region or load", value: ({ name }) => name },
    { title: "work", value: ({ source }) => source },
    number("flop per byte", ({ intensity }) => intensity, threeDigits, "flop/byte"),
    number("arithmetic", ({ rate }) => rate, flopRate, "flop/s"),
    number(
      "bandwidth",
      ({ rate, intensity }) => rate / intensity,
      (value) => withPrefix(value, "B/s"),
      "B/s",
    ),
    number("share of the roof", share, percent),
  ];
  return table("Points of the roofline", columns, points);
}

export function roofline({ profile, experiment }, totals) {
  const roof = { ...(experiment?.roof ?? {}), ...(profile?.roof ?? {}) };
  const points = roofPoints({ profile, experiment }, totals);
  const told = element(
    "p",
    { class: "sentence", "data-flops": roof.flops, "data-bytes": roof.bytes },
    roofSentence(roof),
  );
  if (points.length === 0)
    return [
      told,
      sentence(
        "No region and no load has both flops and bytes, declared or counted, so there are no points.",
      ),
    ];
  const { box } = fitted("plot", (width) => draw(points, roof, width));
  return [
    told,
    box,
    sentence(
      "Rates are over all threads: the work of a region divided by the longest time that a thread was in it. Circles: declared work; diamonds: counted by the processor.",
    ),
    pointTable(points, roof),
  ];
}
