/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of yoke/select.h: one loop each.
 */
#include <stdbool.h>

#include "yoke/select.h"

size_t yoke_select_places_ref(const unsigned char *flags, size_t n, uint64_t *to) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (flags[i]) to[count++] = i;
    return count;
}

/* `wide` is unsigned for integers, so that they wrap. */
#define DIFFERENCE(T, type, wide)                                                                  \
    void yoke_difference_##T##_ref(const type *from, size_t n, type to[]) {                        \
        for (size_t i = 0; i < n; i++)                                                             \
            to[i] = i == 0 ? from[i] : (type)((wide)from[i] - (wide)from[i - 1]);                  \
    }
DIFFERENCE(i32, int32_t, uint32_t)
DIFFERENCE(i64, int64_t, uint64_t)
DIFFERENCE(u32, uint32_t, uint32_t)
DIFFERENCE(u64, uint64_t, uint64_t)
DIFFERENCE(f32, float, float)
DIFFERENCE(f64, double, double)

#define TEMPLATE "kernels/select_ref.inc.h"
#include "kernels/each_type.inc.h"
