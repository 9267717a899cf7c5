/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial references of yoke/select.h: one loop each.
 */
#include <stdbool.h>
#include <string.h>

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

/* ---- tests and items of the user ---- */

typedef struct items {
    const char *from;
    size_t n, size;
    yoke_flag_fn *flag;
    const void *ctx;
} items;

/* Copies the items that pass, or those that do not, to place `at` and on; returns the next one. */
static size_t copy_passing(items all, bool pass, char *to, size_t at) {
    for (size_t i = 0; i < all.n; i++) {
        const char *item = all.from + i * all.size;
        unsigned char flag;
        all.flag(item, 1, &flag, all.ctx);
        if ((flag != 0) == pass) memcpy(to + at++ * all.size, item, all.size);
    }
    return at;
}

size_t yoke_select_by_ref(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                          const void *ctx, void *to) {
    return copy_passing((items){from, n, size, flag, ctx}, true, to, 0);
}

size_t yoke_partition_by_ref(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                             const void *ctx, void *to) {
    items all = {from, n, size, flag, ctx};
    size_t count = copy_passing(all, true, to, 0);
    (void)copy_passing(all, false, to, count);
    return count;
}

size_t yoke_select_places_by_ref(const void *from, size_t n, size_t size, yoke_flag_fn *flag,
                                 const void *ctx, uint64_t *to) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char passes;
        flag((const char *)from + i * size, 1, &passes, ctx);
        if (passes) to[count++] = i;
    }
    return count;
}
