/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the map with many threads share.
 */
#ifndef YOKE_TESTS_MAP_THREADS_H
#define YOKE_TESTS_MAP_THREADS_H

#include <stdint.h>

#include "tests/harness.h"
#include "yoke/map.h"

static const int thread_counts[] = {1, 2, 3, 7, 64};
enum { COUNTS = sizeof thread_counts / sizeof *thread_counts };

static inline uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline yoke_map *make_map(size_t value_size, unsigned shards) {
    yoke_map *map = NULL;
    yoke_map_options options = {.value_size = value_size, .shards = shards};
    REQUIRE(yoke_map_create(&options, &map) == YOKE_OK);
    return map;
}

#endif
