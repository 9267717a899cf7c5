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

/** What the rows have, by the most time: {name, colour, waits, time}. Regions of one name and look,
 * such as the same pattern begun in several regions, are one; where looks differ, names are paths. */
function looks({ rows, end, profile: { regions }, colours }) {
  const found = [...timesBetween(rows, 0, end)].map(([region, time]) => ({
    names: path(regions, region),
    colour: colours[region],
    waits: regions[region]?.activity === "wait",
    time,
  }));
  const alike = Map.groupBy(found, ({ names, colour, waits }) =>
    JSON.stringify([names.at(-1), colour, waits]),
  );
  const merged = [...alike.values()].map((own) => ({
    ...own[0],
    time: own.reduce((sum, { time }) => sum + time, 0),
  }));
  const named = Map.groupBy(merged, ({ names }) => names.at(-1));
  return merged
    .map((look) => ({
      ...look,
      name: named.get(look.names.at(-1)).length > 1 ? look.names.join(" › ") : look.names.at(-1),
    }))
    .sort((a, b) => b.time - a.time);
}

function legend(view) {
  const present = looks(view);
  const items = present.slice(0, MOST_NAMES).map(({ name, colour, waits, time }) => {
    const swatch = element("span", {
      class: waits ? "swatch hatched" : "swatch",
      style: `background-color:${colour}`,
    });
    return element("li", { title: `${seconds(time)} on all rows` }, swatch, name);
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
