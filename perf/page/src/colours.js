// SPDX-License-Identifier: Apache-2.0
//
// Colours that people with any kind of colour vision can tell apart, after Okabe and Ito. They are
// variables of the style sheet, so that dark pages have lighter ones. Waiting is hatched, too.

const palette = ["--blue", "--green", "--purple", "--sky", "--orange", "--yellow"].map(
  (name) => `var(${name})`,
);

const OTHER = "var(--other)";

export const activityColour = {
  work: "var(--blue)",
  runtime: "var(--runtime)",
  wait: "var(--wait)",
};

/** One colour a region: the regions of work with the most time of their own have one each. */
export function regionColours(totals) {
  const busiest = totals
    .filter(({ region, index }) => region.activity === "work" && index > 0)
    .sort((a, b) => (b.self ?? 0) - (a.self ?? 0))
    .slice(0, palette.length)
    .map(({ index }) => index);
  return totals.map(({ region, index }) => {
    if (region.activity !== "work") return activityColour[region.activity] ?? OTHER;
    return palette[busiest.indexOf(index)] ?? OTHER;
  });
}
