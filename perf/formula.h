/* SPDX-License-Identifier: Apache-2.0
 *
 * Formulas of derived figures, as likwid's groups write them: numbers, names, + - * / and
 * parentheses.
 */
#ifndef YOKE_PERF_FORMULA_H
#define YOKE_PERF_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

/* The value of a name of `length` bytes; false: there is none. */
typedef bool yoke__variable_fn(const void *ctx, const char *name, size_t length, double *value);

/* NaN for what is no formula, an unknown name, and a division by nought. */
double yoke__formula_value(const char *formula, yoke__variable_fn *variable, const void *ctx);

/* Whether a formula uses a name that `matches`. */
bool yoke__formula_uses(const char *formula, bool (*matches)(const char *name, size_t length));

#endif
