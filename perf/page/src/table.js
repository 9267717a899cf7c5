// SPDX-License-Identifier: Apache-2.0
//
// Tables whose columns can be sorted with the mouse and the keyboard: each heading is a button.
//
// A column is {title, about, source, number, value(row), cell(row, value), exact(row, value)}: value
// is what is sorted by and shown, cell makes something else of it, exact a title. Rows without a
// value come last in both directions.

import { element } from "./dom.js";
import { NOT_MEASURED, exact } from "./format.js";

/** A column of numbers that text(number) shows, with all digits in `unit` as the title. */
export function numbers(title, value, text, unit) {
  return {
    title,
    number: true,
    value,
    cell: (row, shown) => text(shown),
    exact: (row, shown) => exact(shown, unit),
  };
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en");
}

function sorted(rows, value, descending) {
  const keyed = rows.map((row) => [value(row), row]);
  keyed.sort(([a], [b]) => {
    if (a == null || b == null) return (a == null) - (b == null);
    return descending ? compare(b, a) : compare(a, b);
  });
  return keyed.map(([, row]) => row);
}

function cell(column, row) {
  const value = column.value(row);
  const shown = column.cell ? column.cell(row, value) : value;
  const attributes = {
    class:
      [column.number ? "number" : "", value == null ? "unmeasured" : ""].join(" ").trim() || null,
    "data-value": value,
    title: column.exact?.(row, value),
  };
  return element("td", attributes, ...[shown ?? NOT_MEASURED].flat());
}

function heading(column, sort) {
  const button = element("button", { type: "button", title: column.about }, column.title);
  button.addEventListener("click", sort);
  const under = column.source ? element("span", { class: "source" }, column.source) : null;
  return element("th", { scope: "col", class: column.number ? "number" : null }, button, under);
}

/** A table in a box that scrolls sideways, as it may be wider than the page. */
export function table(caption, columns, rows) {
  const body = element("tbody");
  const line = (row) => element("tr", null, ...columns.map((column) => cell(column, row)));
  const fill = (ordered) => {
    body.replaceChildren(...ordered.map(line));
  };
  const headings = columns.map((column) => heading(column, () => sortBy(column)));
  const sortBy = (column) => {
    const place = headings[columns.indexOf(column)];
    // Numbers are mostly wanted from the largest.
    const first = column.number ? "descending" : "ascending";
    const other = column.number ? "ascending" : "descending";
    const order = place.getAttribute("aria-sort") === first ? other : first;
    headings.forEach((each) => each.removeAttribute("aria-sort"));
    place.setAttribute("aria-sort", order);
    fill(sorted(rows, column.value, order === "descending"));
  };
  fill(rows);
  const head = element("thead", null, element("tr", null, headings));
  const made = element("table", null, element("caption", null, caption), head, body);
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    made,
  );
}
