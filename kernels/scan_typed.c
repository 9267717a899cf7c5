/* SPDX-License-Identifier: Apache-2.0
 *
 * Scans of numbers: scanners over the loops of the instructions in use, and segmented ones.
 */
#include "kernels/run.h"
#include "kernels/scan_block.h"
#include "kernels/scan_exact.h"

/* Whether two arrays of n items overlap without being the same. */
static bool overlap(const void *a, const void *b, size_t bytes) {
    uintptr_t from = (uintptr_t)a, to = (uintptr_t)b;
    return from != to && (from < to ? to - from : from - to) < bytes;
}

int yoke__scan_check(const void *in, const void *out, size_t bytes) {
    if (overlap(in, out, bytes)) return yoke_fail(YOKE_EINVAL, "a scan's arrays overlap in part");
    return YOKE_OK;
}

#define TEMPLATE "kernels/scan_typed.inc.h"
#include "kernels/each_type.inc.h"
