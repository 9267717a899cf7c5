/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting in one concurrent map from a parallel loop: how long Collatz sequences are.
 * Each thread gathers a block of keys and folds them in at once, which hides the way to memory.
 */
#include <stdio.h>

#include "yoke/yoke.h"

enum { NUMBERS = 300000, BLOCK = 512 };

static uint64_t steps(uint64_t n) {
    uint64_t count = 0;
    for (; n != 1; count++) n = n % 2 ? 3 * n + 1 : n / 2;
    return count;
}

static int count_block(yoke_map *lengths, uint64_t first) {
    uint64_t keys[BLOCK], ones[BLOCK];
    size_t count = 0;
    for (uint64_t n = first; n < first + BLOCK && n <= NUMBERS; n++) {
        keys[count] = steps(n);
        ones[count++] = 1;
    }
    return yoke_map_update_block_u64(lengths, keys, ones, count, yoke_map_add_u64);
}

typedef struct most_common {
    uint64_t length, count;
} most_common;

static int find_most_common(const void *key, size_t size, const void *value, void *ctx) {
    (void)size;
    uint64_t length = *(const uint64_t *)key, count = *(const uint64_t *)value;
    most_common *most = ctx;
    bool better = count > most->count || (count == most->count && length < most->length);
    if (better) *most = (most_common){length, count};
    return 0;
}

int main(void) {
    yoke_map *lengths = NULL;
    most_common most = {0, 0};
    int failed = yoke_map_create(&(yoke_map_options){.value_size = sizeof(uint64_t)}, &lengths);
    if (failed < 0) return fprintf(stderr, "%s\n", yoke_error_detail()), 1;

#pragma omp parallel for schedule(dynamic) default(none) shared(lengths) reduction(min : failed)
    for (uint64_t first = 1; first <= NUMBERS; first += BLOCK) {
        int status = count_block(lengths, first);
        if (status < failed) failed = status;
    }
    if (failed == YOKE_OK) failed = yoke_map_each(lengths, find_most_common, &most);
    printf("%zu different lengths; the most common is %ju, of %ju numbers\n",
           yoke_map_size(lengths), (uintmax_t)most.length, (uintmax_t)most.count);
    yoke_map_destroy(lengths);
    return failed < 0;
}
