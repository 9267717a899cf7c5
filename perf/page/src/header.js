// SPDX-License-Identifier: Apache-2.0
//
// What ran where: the head of the page, and what was not measured.

import { element } from "./dom.js";
import { NOT_MEASURED, count, exact, seconds } from "./format.js";

function fact(name, value, title) {
  return element("div", null, element("dt", null, name), element("dd", { title }, value));
}

function cpuLimit({ cpus, source } = {}) {
  if (cpus == null) return NOT_MEASURED;
  return source ? `${count(cpus)} (${source})` : count(cpus);
}

function profileFacts(profile) {
  return [
    fact("machine", profile.machine ?? NOT_MEASURED),
    fact("processors to use", cpuLimit(profile.cpu_limit ?? undefined)),
    fact("wall time", seconds(profile.seconds), exact(profile.seconds, "s")),
    fact("threads", count(profile.threads.length)),
    fact("measured with", `yoke ${profile.yoke ?? "of an unknown version"}`),
  ];
}

function experimentFacts({ rows }) {
  const loads = [...new Set(rows.map((row) => row.load))];
  return [fact("loads", loads.join(", ") || "none"), fact("measurements", count(rows.length))];
}

export function pageHeader({ profile, experiment }) {
  const title =
    profile?.program ??
    (profile ? "A program without a name" : experiment ? "Experiment" : "Nothing was measured");
  document.title = `${title}: report of yoke`;
  const facts = [
    ...(profile ? profileFacts(profile) : []),
    ...(experiment ? experimentFacts(experiment) : []),
  ];
  return element(
    "header",
    null,
    element("h1", null, title),
    element("dl", { class: "facts" }, facts),
  );
}

export function notes(profile) {
  if (profile.notes.length === 0) return null;
  const lines = profile.notes.map((note) => element("li", null, note));
  const title = element("summary", null, "What was not measured, and why");
  return element("details", { class: "notes", open: "" }, title, element("ul", null, lines));
}
