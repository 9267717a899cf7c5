/* SPDX-License-Identifier: Apache-2.0
 *
 * Items of any size for the tests of queues; each says which number it has.
 */
#ifndef YOKE_TESTS_QUEUE_ITEMS_H
#define YOKE_TESTS_QUEUE_ITEMS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const size_t SIZES[] = {1, 3, 8, 24, 4096};
enum { SIZE_COUNT = 5 };

static inline void write_item(char *item, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; i++) item[i] = (char)(number * 31 + i * 7 + (number >> 8));
}

static inline int item_is(const char *item, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; i++) {
        if (item[i] != (char)(number * 31 + i * 7 + (number >> 8))) return 0;
    }
    return 1;
}

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

#endif
