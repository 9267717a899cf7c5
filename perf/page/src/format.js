// SPDX-License-Identifier: Apache-2.0
//
// Numbers as texts. What was not measured is null in the data, and is never shown as a number.

export const NOT_MEASURED = "not measured";

const prefixes = [
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
];

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export const threeDigits = (value) =>
  Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });

/** 0.00123, "s" -> "1.23 ms" */
export function withPrefix(value, unit) {
  if (!isNumber(value)) return NOT_MEASURED;
  if (value === 0) return `0 ${unit}`.trim();
  // Rounded first, so that 0.9996 ms is 1 ms and not 1,000 µs.
  const size = Math.abs(Number(value.toPrecision(3)));
  const [factor, prefix] = prefixes.find(([least]) => size >= least) ?? prefixes.at(-1);
  return `${threeDigits(value / factor)} ${prefix}${unit}`.trim();
}

export const flopRate = (value) => withPrefix(value, "flop/s");
export const byteRate = (value) => withPrefix(value, "B/s");
export const seconds = (value) => withPrefix(value, "s");

export function count(value) {
  if (!isNumber(value)) return NOT_MEASURED;
  // Nobody reads ten digits; titles have them all.
  if (Math.abs(value) >= 1e9) return withPrefix(value, "");
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}

export function percent(value) {
  return isNumber(value) ? `${(100 * value).toFixed(1)} %` : NOT_MEASURED;
}

// Units that take a prefix; those of likwid ("MBytes/s") have theirs already.
const plainUnits = {
  s: "s",
  bytes: "B",
  "bytes/s": "B/s",
  flops: "flop",
  "flops/s": "flop/s",
  Hz: "Hz",
  J: "J",
  W: "W",
};

/** A figure in the unit of its metric. */
export function figure(value, unit) {
  if (!unit) return count(value);
  if (unit in plainUnits) return withPrefix(value, plainUnits[unit]);
  return isNumber(value) ? `${count(value)} ${unit}` : NOT_MEASURED;
}

/** All digits, for titles. */
export function exact(value, unit) {
  return isNumber(value) ? `${value} ${unit ?? ""}`.trim() : NOT_MEASURED;
}

export function interval(low, high, text) {
  return isNumber(low) && isNumber(high) ? `${text(low)} to ${text(high)}` : NOT_MEASURED;
}
