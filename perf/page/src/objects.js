// SPDX-License-Identifier: Apache-2.0
//
// Figures of locks, queues, pools and other objects of the library, as tables.

import { element } from "./dom.js";
import { count, exact } from "./format.js";
import { table } from "./table.js";

function column(name, rows) {
  const number = rows.some((row) => typeof row[name] === "number");
  return {
    title: name.replaceAll("_", " "),
    number,
    value: (row) => row[name],
    cell: number ? (row, value) => (typeof value === "number" ? count(value) : value) : undefined,
    exact: number ? (row, value) => exact(value) : undefined,
  };
}

/** A table of objects whose keys are the columns; what is an object in itself is left out. */
function tableOf(caption, rows) {
  if (rows.length === 0) return null;
  const names = [...new Set(rows.flatMap(Object.keys))].filter((name) =>
    rows.every((row) => typeof row[name] !== "object" || row[name] === null),
  );
  const made = table(
    caption,
    names.map((name) => column(name, rows)),
    rows,
  );
  return element(
    "details",
    null,
    element("summary", null, `${caption} (${count(rows.length)})`),
    made,
  );
}

export function objects({ locks, figures }) {
  return [tableOf("Locks", locks), tableOf("Figures of objects", figures)].filter(
    (each) => each !== null,
  );
}
