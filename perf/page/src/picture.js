// SPDX-License-Identifier: Apache-2.0
//
// A plot as one picture for who cannot see it; the figures are in a table beside it.

import { plot } from "@observablehq/plot";

export function picture(label, options) {
  const drawing = plot({ ...options, ariaLabel: label });
  drawing.setAttribute("role", "img");
  return drawing;
}
