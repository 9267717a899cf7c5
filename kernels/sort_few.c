/* SPDX-License-Identifier: Apache-2.0
 *
 * A few keys without vectors, by insertion, and the choice between the sorts of a few keys.
 */
#include "kernels/sort_few.h"

#include "yoke/isa.h"

/* `to` holds the first `n` in order, and `x` goes among them. */
#define INSERT(to, n, x)                                                                           \
    do {                                                                                           \
        size_t at_ = (n);                                                                          \
        for (; at_ > 0 && (to)[at_ - 1] > (x); at_--) (to)[at_] = (to)[at_ - 1];                   \
        (to)[at_] = (x);                                                                           \
    } while (0)

static void sort64(const yoke__bits64 *from, yoke__bits64 *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t x = from[i];
        INSERT(to, i, x);
    }
}

static void sort32(const yoke__bits32 *from, yoke__bits32 *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t x = from[i];
        INSERT(to, i, x);
    }
}

static const yoke__sort_few plain = {.most = 32, .ideal = 16, .sort64 = sort64, .sort32 = sort32};

const yoke__sort_few *yoke__sort_few_in_use(void) {
#if defined __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa >= YOKE_ISA_AVX512) return &yoke__sort_few_avx512;
    if (isa >= YOKE_ISA_AVX2) return &yoke__sort_few_avx2;
#endif
    return &plain;
}
