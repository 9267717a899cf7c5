// SPDX-License-Identifier: Apache-2.0
//
// The document of the page: {"profile": {...} or null, "experiment": {...} or null}, as
// yoke_report_json and the experiments write it (include/yoke/report.h). Here it gets lists where
// something is missing, so that no other file has to ask.

const list = (value) => (Array.isArray(value) ? value : []);

const profileLists = ["notes", "regions", "threads", "spans", "figures", "locks"];

function completeProfile(profile) {
  const lists = profileLists.map((name) => [name, list(profile[name])]);
  const named = (metric) => ({ ...metric, source: metric.source ?? "source not known" });
  return {
    ...profile,
    ...Object.fromEntries(lists),
    metrics: list(profile.metrics).map(named),
    cells: list(profile.cells).map((cell) => ({ ...cell, values: list(cell.values) })),
    efficiency: profile.efficiency ?? {},
    roof: profile.roof ?? {},
  };
}

function completeExperiment({ weak, rows, fits, metg, roof, origin }) {
  return {
    weak: weak === true,
    rows: list(rows),
    fits: list(fits),
    metg: list(metg),
    roof: roof ?? {},
    origin: origin ?? null,
  };
}

/** Throws what JSON.parse throws. */
export function readData() {
  const { profile, experiment } = JSON.parse(document.getElementById("data").textContent);
  return {
    profile: profile ? completeProfile(profile) : null,
    experiment: experiment ? completeExperiment(experiment) : null,
  };
}

/** The names from below the root to a region. */
export function path(regions, index) {
  const names = [];
  for (let at = index; at > 0 && regions[at]; at = regions[at].parent)
    names.unshift(regions[at].name);
  return names.length > 0 ? names : [regions[index]?.name ?? "?"];
}

/** A sum that stays null until something that was measured is added. */
const add = (sum, value) => (typeof value === "number" ? (sum ?? 0) + value : sum);

function addMetric(total, value, weight, adds) {
  if (typeof value !== "number") return;
  total.sum += adds ? value : value * weight;
  total.weight += adds ? 1 : weight;
}

function metricValue({ sum, weight }, adds) {
  if (weight === 0) return null;
  return adds ? sum : sum / weight;
}

function addCell(total, cell, metrics) {
  total.calls = add(total.calls, cell.calls);
  total.read = add(total.read, cell.read);
  total.wall = add(total.wall, cell.wall_s);
  total.self = add(total.self, cell.self_s);
  total.threads.set(cell.thread, add(total.threads.get(cell.thread) ?? 0, cell.wall_s));
  metrics.forEach((metric, i) =>
    addMetric(total.metrics[i], cell.values[i], cell.wall_s ?? 0, metric.adds_up),
  );
}

/** The cells of each region taken together: calls and times added up over threads and cores; metrics
 * that add up too, others as the mean weighted by time. null: measured nowhere. */
export function regionTotals({ regions, cells, metrics }) {
  const totals = regions.map((region, index) => ({
    index,
    region,
    calls: null,
    read: null,
    wall: null,
    self: null,
    threads: new Map(),
    metrics: metrics.map(() => ({ sum: 0, weight: 0 })),
  }));
  for (const cell of cells) {
    if (totals[cell.region]) addCell(totals[cell.region], cell, metrics);
  }
  return totals.map((total) => ({
    ...total,
    longest: Math.max(0, ...total.threads.values()),
    values: metrics.map((metric, i) => metricValue(total.metrics[i], metric.adds_up)),
  }));
}
