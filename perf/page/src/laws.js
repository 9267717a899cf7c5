// SPDX-License-Identifier: Apache-2.0
//
// The laws of scaling that experiments fit: the speed-up at p threads, from the law's parameters.

export const laws = {
  // Amdahl, 1967: a share s of the work is serial.
  amdahl: { name: "Amdahl", dash: null, at: (p, { serial }) => 1 / (serial + (1 - serial) / p) },
  // Gustafson, 1988: a share s of the time is serial, and the work grows with the threads.
  gustafson: { name: "Gustafson", dash: "8 3", at: (p, { serial }) => p - serial * (p - 1) },
  // Gunther's universal scalability law, 2007: contention and coherency.
  usl: {
    name: "universal scalability law",
    dash: "3 2",
    at: (p, { contention, coherency }) => p / (1 + contention * (p - 1) + coherency * p * (p - 1)),
  },
};

/** The parameters of a fit as plain numbers; `which` is "value", "low" or "high". */
export function parameters(fit, which) {
  return Object.fromEntries(
    Object.entries(fit.parameters ?? {}).map(([name, each]) => [name, each?.[which]]),
  );
}

export const lawColours = {
  amdahl: "var(--blue)",
  gustafson: "var(--orange)",
  usl: "var(--green)",
};
