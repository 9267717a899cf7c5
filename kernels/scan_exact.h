/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact scans of floating-point numbers.
 */
#ifndef YOKE_KERNELS_SCAN_EXACT_H
#define YOKE_KERNELS_SCAN_EXACT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/run.h"

/* What is scanned, and where its segments begin: by flags or by offsets, of which offsets[0] is
 * that of the first item; neither: there is one segment. */
typedef struct yoke__scan_items {
    const void *in;
    const uint8_t *starts;
    const size_t *offsets;
    size_t count;
} yoke__scan_items;

/* Writes n results; items and results have `size` bytes: those of a float or of a double. */
int yoke__scan_exact(const yoke__scan_items *items, void *out, size_t n, size_t size,
                     bool exclusive, const yoke_run *run);

/* Whether items of type T are to be scanned so. */
#define YOKE__SCAN_EXACTLY(T, run) ((T)0.5 != 0 && yoke__run_repro(run) == YOKE_REPRO_EXACT)

#endif
