// SPDX-License-Identifier: Apache-2.0
//
// Puts the page together from the document that stands in it.

import { hatching } from "./band.js";
import { regionColours } from "./colours.js";
import { readData, regionTotals } from "./data.js";
import { section, sentence } from "./dom.js";
import { efficiencies } from "./efficiency.js";
import { experiments } from "./experiments.js";
import { notes, pageHeader } from "./header.js";
import { objects } from "./objects.js";
import { regions } from "./regions.js";
import { roofline } from "./roofline.js";
import { scaling } from "./scaling.js";
import { threads } from "./threads.js";
import { timeline } from "./timeline.js";

function profileSections(profile, totals) {
  return [
    notes(profile),
    section("efficiency", "What limits", () => efficiencies(profile)),
    section("timeline", "Timeline", () => timeline(profile, regionColours(totals))),
    section("threads", "Threads and cores", () => threads(profile)),
    section("regions", "Regions", () => regions(profile, totals)),
  ];
}

function experimentSections(experiment) {
  return [
    section("scaling", "Scaling", () => scaling(experiment)),
    section("measurements", "Measurements", () => experiments(experiment)),
  ];
}

function build(data) {
  const totals = data.profile ? regionTotals(data.profile) : [];
  const found = data.profile ? objects(data.profile) : [];
  const measured = data.profile ?? data.experiment;
  return [
    pageHeader(data),
    ...(data.profile ? profileSections(data.profile, totals) : []),
    ...(data.experiment ? experimentSections(data.experiment) : []),
    ...(measured ? [section("roofline", "Roofline", () => roofline(data, totals))] : []),
    ...(found.length > 0 ? [section("objects", "Locks and other objects", () => found)] : []),
  ].filter((part) => part !== null);
}

function show() {
  try {
    return build(readData());
  } catch (error) {
    return [sentence(`The document in this page could not be read: ${error.message}`)];
  }
}

document.querySelector("main").replaceChildren(hatching(), ...show());
