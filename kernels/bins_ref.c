/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of yoke/bins.h: one item after another, a division or a walk through the
 * bounds for each.
 */
#include "yoke/bins.h"

#include <math.h>
#include <stdbool.h>

#include "yoke/reduce.h"

/* The bin of an item of even bins, and of ranges; `bins` when it is in none. */
#define INTEGER_BIN(T, type)                                                                       \
    static size_t even_bin_##T(type x, type low, type high, size_t bins) {                         \
        __extension__ typedef unsigned __int128 wide;                                              \
        if (x < low || x >= high) return bins;                                                     \
        return (size_t)((wide)((uint64_t)x - (uint64_t)low) * bins /                               \
                        ((uint64_t)high - (uint64_t)low));                                         \
    }
INTEGER_BIN(i32, int32_t)
INTEGER_BIN(i64, int64_t)
INTEGER_BIN(u32, uint32_t)
INTEGER_BIN(u64, uint64_t)

#define FLOATING_BIN(T, type)                                                                      \
    static size_t even_bin_##T(type x, type low, type high, size_t bins) {                         \
        double scale = (double)bins / ((double)high - (double)low);                                \
        if (!(x >= low && x < high)) return bins;                                                  \
        size_t bin = (size_t)(((double)x - (double)low) * scale);                                  \
        return bin < bins ? bin : bins - 1;                                                        \
    }
FLOATING_BIN(f32, float)
FLOATING_BIN(f64, double)

static bool is_minus_zero(double x) { return x == 0 && signbit(x); }

#define TEMPLATE "kernels/bins_ref.inc.h"
#include "kernels/each_type.inc.h"
