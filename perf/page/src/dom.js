// SPDX-License-Identifier: Apache-2.0
//
// Elements of the page. Texts become text nodes and attributes are set by name, so no name of a
// region or program is ever read as HTML.

/** element("p", {class: "note"}, "text", otherElement): null children are left out. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child != null));
  return made;
}

/** A part of the page with a heading. A part that cannot be drawn says so; the others stand. */
export function section(id, title, draw) {
  const made = element("section", { id, "aria-labelledby": `${id}-title` });
  made.append(element("h2", { id: `${id}-title` }, title));
  try {
    made.append(...[draw()].flat().filter((child) => child != null));
  } catch (error) {
    made.append(
      element(
        "p",
        { class: "failed", role: "alert" },
        `This part could not be drawn: ${error.message}`,
      ),
    );
  }
  return made;
}

export function sentence(text) {
  return element("p", { class: "sentence" }, text);
}

/** A box that holds what draw(width) returns and draws it again when its width changes: {box,
 * redraw}, where redraw draws it again for other reasons. */
export function fitted(className, draw) {
  const box = element("div", { class: className });
  let drawn = 0;
  const redraw = () => box.replaceChildren(draw(drawn));
  new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    redraw();
  }).observe(box);
  return { box, redraw };
}
