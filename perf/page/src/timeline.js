// SPDX-License-Identifier: Apache-2.0
//
// The timeline: a row for each thread or core, time to the right, the innermost region as colour.
// The part of the time that is shown is chosen by buttons, or by dragging over it.

import { path } from "./data.js";
import { element, fitted, sentence } from "./dom.js";
import { count, seconds } from "./format.js";
import { rowsBy } from "./spans.js";
import { drawTimeline, placeOf, timesBetween } from "./timeline_drawing.js";

const rowKinds = { thread: "thread", cpu: "core" };

function describe({ row, time, segment }, { profile, kind }) {
  if (!row) return "";
  if (!segment) return `${rowKinds[kind]} ${row.name}: no region at ${seconds(time)}`;
  const [, , , begin, end] = segment.stack.at(-1);
  const name = path(profile.regions, segment.region).join(" › ");
  const length = `${(end - begin).toLocaleString("en")} ns`;
  const times = `${seconds(begin * 1e-9)} to ${seconds(end * 1e-9)}: ${length}`;
  return `${name}\n${times}\nthread ${segment.thread}, core ${segment.cpu}`;
}

/** What is below the pointer, as a small text beside it. */
function pointedAt(box, view) {
  const tip = element("div", { class: "tip", hidden: "" });
  box.addEventListener("pointermove", (event) => {
    tip.textContent = describe(placeOf(event, box.querySelector("svg"), view), view);
    tip.hidden = tip.textContent === "";
    const { left, top } = box.getBoundingClientRect();
    const most = box.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(event.clientX - left + 14, most))}px`;
    tip.style.top = `${event.clientY - top + 18}px`;
  });
  box.addEventListener("pointerleave", () => (tip.hidden = true));
  return tip;
}

function zoomByDragging(box, view, show) {
  let begin = null;
  const timeOf = (event) => placeOf(event, box.querySelector("svg"), view).time;
  box.addEventListener("pointerdown", (event) => (begin = timeOf(event)));
  box.addEventListener("pointerup", (event) => {
    const [from, to] = [begin ?? NaN, timeOf(event)].sort((a, b) => a - b);
    begin = null;
    // A click that moved a little is not a choice.
    if (to - from > (view.to - view.from) / 100) show(from, to);
  });
}

function button(text, label, act) {
  const made = element("button", { type: "button", "aria-label": label, title: label }, text);
  made.addEventListener("click", act);
  return made;
}

function rowChoice(choose) {
  const options = Object.entries(rowKinds).map(([kind, name]) =>
    element("option", { value: kind }, `a row for each ${name}`),
  );
  const made = element("select", { "aria-label": "rows of the timeline" }, options);
  made.addEventListener("change", () => choose(made.value));
  return made;
}

/** Buttons that show another part; each moves both ends by parts of the time in view. */
function controls(view, show, chooseRows) {
  const move = (left, right) => () => {
    const shown = view.to - view.from;
    show(view.from + left * shown, view.to + right * shown);
  };
  return element(
    "div",
    { class: "controls" },
    rowChoice(chooseRows),
    button("←", "earlier", move(-0.25, -0.25)),
    button("→", "later", move(0.25, 0.25)),
    button("+", "zoom in", move(0.25, -0.25)),
    button("−", "zoom out", move(-0.5, 0.5)),
    button("all", "show the whole run", () => show(0, view.end)),
  );
}

const MOST_NAMES = 24;

function legend({ rows, end, profile, colours }) {
  const present = [...timesBetween(rows, 0, end)].sort(([, a], [, b]) => b - a);
  const items = present.slice(0, MOST_NAMES).map(([region, time]) => {
    const hatched = profile.regions[region]?.activity === "wait" ? " hatched" : "";
    const swatch = element("span", {
      class: `swatch${hatched}`,
      style: `background-color:${colours[region]}`,
    });
    return element(
      "li",
      { title: `${seconds(time)} on all rows` },
      swatch,
      path(profile.regions, region).at(-1),
    );
  });
  const more = present.length - items.length;
  return element(
    "ul",
    { class: "legend" },
    items,
    more > 0 ? element("li", null, `and ${more} more`) : null,
  );
}

function lost({ spans_lost }) {
  return spans_lost
    ? sentence(`${count(spans_lost)} of the shorter spans are missing, for lack of room.`)
    : null;
}

export function timeline(profile, colours) {
  if (profile.spans.length === 0)
    return sentence("No spans were recorded, so there is no timeline.");
  const end = profile.spans.reduce(
    (last, span) => Math.max(last, span[4] * 1e-9),
    profile.seconds ?? 0,
  );
  const view = {
    profile,
    colours,
    end,
    from: 0,
    to: end,
    kind: "thread",
    rows: rowsBy(profile.spans, "thread"),
  };
  const { box, redraw } = fitted("timeline", (width) => drawTimeline(view, width));
  const show = (from, to) => {
    const shown = Math.min(to - from, end);
    view.from = Math.max(0, Math.min(from, end - shown));
    view.to = view.from + shown;
    redraw();
  };
  const chooseRows = (kind) => {
    Object.assign(view, { kind, rows: rowsBy(profile.spans, kind) });
    redraw();
  };
  zoomByDragging(box, view, show);
  const tipped = element("div", { class: "tipped" }, box, pointedAt(box, view));
  return [controls(view, show, chooseRows), tipped, legend(view), lost(profile)];
}
