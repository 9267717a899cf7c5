// SPDX-License-Identifier: Apache-2.0
//
// The efficiencies of the POP project: parallel efficiency is the product of load balance,
// serialisation and transfer; what limits is the one that the document names, else the least.

import { path } from "./data.js";
import { element } from "./dom.js";
import { NOT_MEASURED, exact, isNumber, percent } from "./format.js";
import { table } from "./table.js";

const factors = [
  ["load_balance", "load balance", "mean work of a thread / most work of a thread"],
  ["serialisation", "serialisation", "what is lost where threads wait for each other in turn"],
  ["transfer", "transfer", "what is lost in the runtime: starting, stealing, handing over"],
];
const all = [
  ["parallel", "parallel efficiency", "mean useful work of a thread / wall time"],
  ...factors,
];

/** What the sentence names, which is not the least where that is not what to mend first. */
function limitingFactor(efficiency) {
  const { limit_factor: named } = efficiency;
  if (named != null) return factors.find(([, name]) => name === named)?.[0];
  const measured = factors.filter(([key]) => isNumber(efficiency[key]));
  return measured.sort(([a], [b]) => efficiency[a] - efficiency[b])[0]?.[0];
}

function bar(value) {
  const width = isNumber(value) ? Math.min(100, Math.max(0, 100 * value)) : 0;
  return element(
    "div",
    { class: "bar", "aria-hidden": "true" },
    element("div", { style: `width:${width}%` }),
  );
}

function row(efficiency, [key, name, about], limiting) {
  const value = efficiency[key];
  const classes = [key === "parallel" ? "product" : "factor", key === limiting ? "limits" : ""]
    .join(" ")
    .trim();
  return element(
    "tr",
    { class: classes, "data-efficiency": key },
    element("th", { scope: "row", title: about }, name),
    element("td", { class: "number", "data-value": value, title: exact(value) }, percent(value)),
    element("td", { class: "wide" }, bar(value)),
    element("td", { class: "remark" }, key === limiting ? "limits most" : about),
  );
}

export function efficiencies({ efficiency, regions }) {
  const limiting = limitingFactor(efficiency);
  const rows = all.map((each) => row(efficiency, each, limiting));
  const caption = element(
    "caption",
    null,
    "parallel efficiency = load balance × serialisation × transfer",
  );
  return [
    element("p", { class: "limit" }, efficiency.limit ?? `What limits was ${NOT_MEASURED}.`),
    element("table", { class: "efficiencies" }, caption, element("tbody", null, rows)),
    regionEfficiencies(efficiency.regions, regions),
  ];
}

/** Of the regions that took any time; the first is the whole run, which stands above. */
function regionEfficiencies(entries, names) {
  const shown = (Array.isArray(entries) ? entries : []).filter(
    ({ region, parallel }) => region > 0 && isNumber(parallel),
  );
  if (shown.length === 0) return null;
  const columns = [
    { title: "region", value: (each) => path(names, each.region).join(" › ") },
    ...all.map(([key, title, about]) => ({
      title,
      about,
      number: true,
      value: (each) => each[key],
      cell: (each, value) => percent(value),
      exact: (each, value) => exact(value),
    })),
    { title: "limited by", value: (each) => each.limit_factor, exact: (each) => each.limit },
  ];
  return table("Efficiencies of the regions", columns, shown);
}
