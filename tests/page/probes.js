// SPDX-License-Identifier: Apache-2.0
//
// What tests ask a page: each function returns plain data. Evaluates to an object of functions.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  const places = (drawing) => {
    const [x, y] = [drawing.scale("x"), drawing.scale("y")];
    return (dx, dy) => [x.invert(dx), y.invert(dy)];
  };

  const lightness = (colour) => {
    const linear = colour.match(/[.\d]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };

  return {
    texts: (selector) => all(selector).map((each) => each.textContent),
    count: (selector) => all(selector).length,

    /** A property of the first element, or an attribute of its data. */
    property: (selector, name) => document.querySelector(selector)?.[name] ?? null,
    datum: (selector, name) => document.querySelector(selector)?.dataset[name] ?? null,

    /** Rows of [value, text] of each cell; the value is null or a text. */
    table: (selector) =>
      [...document.querySelector(selector).tBodies[0].rows].map((row) =>
        [...row.cells].map((cell) => [cell.dataset.value ?? null, cell.textContent]),
      ),

    /** Numbers by name, both attributes of the data of elements. */
    numbers: (selector, name, value) =>
      all(selector).map(({ dataset }) => [dataset[name], Number(dataset[value])]),

    focus: (selector, text) =>
      all(selector)
        .find((each) => each.textContent === text)
        .focus(),

    click: (selector) => document.querySelector(selector).click(),

    choose: (selector, value) => {
      const list = document.querySelector(selector);
      list.value = value;
      list.dispatchEvent(new Event("change"));
    },

    /** Of each region the first and last second and the top of its boxes in the timeline. */
    boxes: () => {
      const x = document.querySelector("#timeline svg").scale("x");
      const found = {};
      for (const path of all("#timeline path[data-region]")) {
        const box = path.getBBox();
        const region = (found[path.dataset.region] ??= { from: Infinity, to: 0, top: box.y });
        region.from = Math.min(region.from, x.invert(box.x));
        region.to = Math.max(region.to, x.invert(box.x + box.width));
      }
      return found;
    },

    /** The middle of an element on the screen, which it is scrolled to. */
    middle: (selector) => {
      const found = document.querySelector(selector);
      found.scrollIntoView({ block: "center" });
      const { x, y, width, height } = found.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    },

    /** Dots, bars and the ends of lines of a scaling plot, in its units. */
    scaling: (figure) => {
      const drawing = document.querySelector(`${figure} svg`);
      const place = places(drawing);
      const end = (path) => path.getPointAtLength(path.getTotalLength());
      return {
        dots: all("[aria-label=median]", drawing).map(({ cx, cy }) =>
          place(cx.baseVal.value, cy.baseVal.value),
        ),
        bars: all("[aria-label='confidence interval']", drawing).map(({ x1, y1, y2 }) => [
          ...place(x1.baseVal.value, y1.baseVal.value),
          place(0, y2.baseVal.value)[1],
        ]),
        ends: Object.fromEntries(
          all("path[aria-label]", drawing).map((path) => [
            path.ariaLabel,
            place(end(path).x, end(path).y),
          ]),
        ),
      };
    },

    /** Points as [title, place] and the bend of the roof, in the units of the plot. */
    roofline: () => {
      const drawing = document.querySelector("#roofline svg");
      const place = places(drawing);
      const dots = all("[aria-label=dot] path", drawing).map((dot) => {
        const { e, f } = dot.transform.baseVal[0].matrix;
        return [dot.textContent.split("\n")[0], place(e, f)];
      });
      const roof = drawing.querySelector("[aria-label=roof]").getAttribute("d");
      const [, , x, y] = roof.match(/[-.\d]+/g).map(Number);
      return { dots, ridge: place(x, y) };
    },

    /** Contrast of texts with the page, as the Web Content Accessibility Guidelines define it. */
    contrasts: (selectors) => {
      const page = lightness(getComputedStyle(document.documentElement).backgroundColor);
      return selectors.map((selector) => {
        const text = lightness(getComputedStyle(document.querySelector(selector)).color);
        return (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05);
      });
    },

    width: () => document.documentElement.scrollWidth,
    display: (selector) => getComputedStyle(document.querySelector(selector)).display,

    /** Tries to reach an address in several ways, and to run a handler in an attribute: what failed
     * openly, and whether the handler ran. */
    escape: async (address) => {
      const failed = await fetch(address, { signal: AbortSignal.timeout(1000) }).then(
        () => [],
        () => ["fetch"],
      );
      const tries = { img: "src", script: "src", link: "href" };
      for (const [name, field] of Object.entries(tries)) {
        const tried = document.createElement(name);
        tried.rel = "stylesheet";
        tried[field] = address;
        document.head.append(tried);
      }
      const handler = document.createElement("div");
      handler.setAttribute("onclick", "window.ran = true");
      handler.click();
      await new Promise((done) => setTimeout(done, 200));
      return [failed, window.ran ?? null];
    },
  };
})();
