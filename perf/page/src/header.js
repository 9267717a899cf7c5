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

/** Where something was measured, and with what. */
function placeFacts({ machine, cpu_limit, yoke }) {
  return [
    fact("machine", machine ?? NOT_MEASURED),
    fact("processors to use", cpuLimit(cpu_limit ?? undefined)),
    fact("measured with", `yoke ${yoke ?? "of an unknown version"}`),
  ];
}

function profileFacts(profile) {
  return [
    ...(profile.command ? [fact("command", profile.command)] : []),
    ...placeFacts(profile),
    fact("wall time", seconds(profile.seconds), exact(profile.seconds, "s")),
    fact("threads", count(profile.threads.length)),
  ];
}

function revisionOf({ revision, dirty }) {
  if (!revision) return "none";
  const short = revision.slice(0, 12);
  return dirty ? `${short}, with changes` : short;
}

function originFacts(origin) {
  return [
    ...placeFacts(origin),
    fact("compiler", origin.compiler ?? NOT_MEASURED, origin.flags),
    fact("revision", revisionOf(origin), origin.revision),
  ];
}

/** A profile has said where it was. */
function experimentFacts({ rows, origin }, profile) {
  const loads = [...new Set(rows.map((row) => row.load))];
  return [
    ...(origin && !profile ? originFacts(origin) : []),
    fact("loads", loads.join(", ") || "none"),
    fact("measurements", count(rows.length)),
  ];
}

export function pageHeader({ profile, experiment }) {
  const title =
    profile?.program ??
    (profile ? "A program without a name" : experiment ? "Experiment" : "Nothing was measured");
  document.title = `${title}: report of yoke`;
  const facts = [
    ...(profile ? profileFacts(profile) : []),
    ...(experiment ? experimentFacts(experiment, profile) : []),
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
