// SPDX-License-Identifier: Apache-2.0
//
// The roofline (Williams, Waterman and Patterson, CACM 52(4), 2009): how much arithmetic each byte of
// memory gets, how much of it is done a second, and how much the machine could do at that intensity.

import { fitted, sentence } from "./dom.js";
import { byteRate, flopRate, isNumber, percent, threeDigits } from "./format.js";
import { roofPoints } from "./roof_points.js";
import { attainable, drawRoofline } from "./roofline_plot.js";
import { numbers, table } from "./table.js";

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
  "in it. Regions that only contain others are left out. Circles: declared work; diamonds: counted " +
  "by the processor. A point above the slope had its data in a cache.";

export function roofline({ profile, experiment }, totals) {
  const roof = {
    flops: profile?.roof.flops ?? experiment?.roof.flops,
    bytes: profile?.roof.bytes ?? experiment?.roof.bytes,
  };
  const points = roofPoints({ profile, experiment }, totals);
  const told = sentence(roofSentence(roof));
  if (points.length === 0) return [told, sentence(NO_POINTS)];
  const { box } = fitted("plot", (width) => drawRoofline(points, roof, width));
  return [told, box, sentence(READING), pointTable(points, roof)];
}
