/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures and names as people read them, in reports as text.
 */
#ifndef YOKE_PERF_FIGURE_H
#define YOKE_PERF_FIGURE_H

#include "perf/emit.h"

/* A figure with its unit: "1.250 s", "31.25 us", "1,234,567", "1.5 GiB" ("bytes"), "98.2 %" ("%",
 * of a share of 1). Of any other unit, which its column tells, four digits. "not measured". */
const char *yoke__figure_text(double value, const char *unit, char text[YOKE__NUMBER]);
const char *yoke__count_text(uint64_t value, char text[YOKE__NUMBER]);

/* Copies a name without control characters, as UTF-8 or, in ASCII, with '?' for each other
 * character. What does not fit `size` bytes is cut, and ends in "...". `size` is at least 8; NULL
 * is
 * "". Returns the columns it takes on a terminal, a character counted as one. */
size_t yoke__clean_name(const char *name, bool ascii, char *text, size_t size);

/* Columns of the first bytes of a text that is UTF-8. */
size_t yoke__columns_of(const char *text, size_t size);

#endif
