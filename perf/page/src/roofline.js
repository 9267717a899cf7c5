// SPDX-License-Identifier: Apache-2.0
//
// The roofline (Williams, Waterman and Patterson, CACM 52(4), 2009): how much arithmetic each byte of
// memory gets, how much of it is done a second, and how much the machine could do at that intensity.

import { dot, line, plot, text } from "@observablehq/plot";
import { fitted, sentence } from "./dom.js";
import { exact, isNumber, percent, threeDigits, withPrefix } from "./format.js";
import { roofPoints } from "./roof_points.js";
import { numbers, table } from "./table.js";

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

const flopRate = (value) => withPrefix(value, "flop/s");
const byteRate = (value) => withPrefix(value, "B/s");

function title(point, roof) {
  const most = attainable(roof, point.intensity);
  const share = Number.isFinite(most) ? `\n${percent(point.rate / most)} of the roof there` : "";
  const figures = `${exact(point.intensity, "flop/byte")}\n${exact(point.rate, "flop/s")}`;
  return `${point.name} (${point.source})\n${figures}${share}`;
}

function draw(points, roof, width) {
  const [from, to] = intensities(points, roof);
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
    y: {
      type: "log",
      domain: rates(points, roof),
      label: "flop per second",
      grid: true,
      ticks: 5,
      tickFormat: flopRate,
    },
    marks: [
      line(roofLine(roof, from, to), {
        x: "intensity",
        y: "rate",
        stroke: "var(--text)",
        strokeWidth: 2,
        clip: true,
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
  const arithmetic = isNumber(flops) ? flopRate(flops) : "arithmetic not measured";
  const bandwidth = isNumber(bytes) ? byteRate(bytes) : "bandwidth not measured";
  return `The roof: ${arithmetic}, ${bandwidth}, all cores together.`;
}

function pointTable(points, roof) {
  const share = ({ intensity, rate }) => {
    const most = attainable(roof, intensity);
    return Number.isFinite(most) ? rate / most : null;
  };
  const columns = [
    { title: "region or load", value: ({ name }) => name },
    { title: "work", value: ({ source }) => source },
    numbers("flop per byte", ({ intensity }) => intensity, threeDigits, "flop/byte"),
    numbers("arithmetic", ({ rate }) => rate, flopRate, "flop/s"),
    numbers("bandwidth", ({ rate, intensity }) => rate / intensity, byteRate, "B/s"),
    numbers("share of the roof", share, percent),
  ];
  return table("Points of the roofline", columns, points);
}

const NO_POINTS =
  "No region and no load has both flops and bytes, declared or counted, so there are no points.";
const READING =
  "Rates are over all threads: the work of a region divided by the longest time that a thread was " +
  "in it. Regions that only contain others are left out. Circles: declared work; diamonds: counted by the processor.";

export function roofline({ profile, experiment }, totals) {
  const roof = {
    flops: profile?.roof.flops ?? experiment?.roof.flops,
    bytes: profile?.roof.bytes ?? experiment?.roof.bytes,
  };
  const points = roofPoints({ profile, experiment }, totals);
  const told = sentence(roofSentence(roof));
  if (points.length === 0) return [told, sentence(NO_POINTS)];
  const { box } = fitted("plot", (width) => draw(points, roof, width));
  return [told, box, sentence(READING), pointTable(points, roof)];
}
