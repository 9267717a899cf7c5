/* SPDX-License-Identifier: Apache-2.0
 *
 * The space-saving sketch against exact counts: its guarantees on streams of all sorts, and after
 * merging.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cache_oracle.h"
#include "tests/harness.h"
#include "yoke/sketch.h"

enum { KEYS = 5000, MOST = 8192 };

typedef struct stream {
    uint64_t weight[KEYS];
    uint64_t total;
} stream;

static yoke_sketch *make(size_t counters, size_t key_bytes) {
    yoke_sketch *sketch = NULL;
    REQUIRE(yoke_sketch_create(&(yoke_sketch_options){counters, key_bytes}, &sketch) == YOKE_OK);
    return sketch;
}

static void add(yoke_sketch *sketch, stream *s, uint32_t key, uint64_t weight) {
    yoke_sketch_add(sketch, &key, sizeof key, weight);
    s->weight[key] += weight;
    s->total += weight;
}

/* What the header promises; `errors` bounds the error. The number of breaches. */
static size_t breaches(const yoke_sketch *sketch, const stream *s, double errors) {
    static yoke_sketch_item items[MOST];
    static char seen[KEYS];
    memset(seen, 0, sizeof seen);
    long count = yoke_sketch_top(sketch, items, MOST);
    REQUIRE(count >= 0);
    size_t wrong = yoke_sketch_total(sketch) != s->total;
    for (long i = 0; i < count; i++) {
        uint32_t key;
        memcpy(&key, items[i].key, sizeof key);
        wrong += items[i].key_size != sizeof key || items[i].key_kept != sizeof key;
        wrong += seen[key]++ != 0;
        wrong += items[i].count < s->weight[key];
        wrong += items[i].count - items[i].error > s->weight[key];
        wrong += (double)items[i].error > errors;
        wrong += i > 0 && items[i].count > items[i - 1].count;
    }
    for (uint32_t key = 0; key < KEYS; key++) {
        wrong += !seen[key] && (double)s->weight[key] > errors;
    }
    return wrong;
}

static uint32_t next_key(const zipf *z, int kind, size_t i) {
    if (kind == 0) return zipf_next(z);
    if (kind == 1) return (uint32_t)test_random_below(KEYS);
    if (kind == 2) return (uint32_t)(i % KEYS);
    return (uint32_t)(i * i % 97); /* few keys */
}

TEST(keeps_what_it_promises) {
    static const size_t counters[] = {1, 2, 3, 7, 64, 1000, KEYS};
    zipf z = zipf_make(KEYS, 0.99);
    static stream s;
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++) {
        for (int kind = 0; kind < 4; kind++) {
            yoke_sketch *sketch = make(counters[c], 0);
            memset(&s, 0, sizeof s);
            for (size_t i = 0; i < 20000; i++) {
                uint64_t weight = i % 5 == 4 ? test_random_below(100) : 1;
                add(sketch, &s, next_key(&z, kind, i), weight);
            }
            CU_ASSERT_EQUAL(breaches(sketch, &s, (double)s.total / (double)counters[c]), 0);
            if (counters[c] == KEYS) CU_ASSERT_EQUAL(breaches(sketch, &s, 0), 0); /* exact */
            yoke_sketch_destroy(sketch);
        }
    }
}

TEST(merging_adds_up) {
    static stream s;
    zipf z = zipf_make(KEYS, 0.99);
    for (size_t round = 0; round < 60; round++) {
        size_t a = 1 + test_random_below(200), b = 1 + test_random_below(200);
        yoke_sketch *left = make(a, 0), *right = make(b, 0);
        memset(&s, 0, sizeof s);
        size_t size = round % 2 ? test_random_below(5000) : test_random_below(50);
        for (size_t i = 0; i < size; i++) add(left, &s, zipf_next(&z), 1);
        for (size_t i = 0; i < 3000; i++) {
            uint32_t key = zipf_next(&z);
            add(right, &s, i % 2 ? key : KEYS - 1 - key, 1 + i % 3);
        }
        double least = (double)(a < b ? a : b);
        REQUIRE(yoke_sketch_merge(left, right) == YOKE_OK);
        CU_ASSERT_EQUAL(breaches(left, &s, (double)s.total / least), 0);
        /* and goes on */
        for (size_t i = 0; i < 2000; i++) add(left, &s, zipf_next(&z), 1);
        CU_ASSERT_EQUAL(breaches(left, &s, (double)s.total / least), 0);
        yoke_sketch_destroy(left);
        yoke_sketch_destroy(right);
    }
}

TEST(keys_of_all_sizes) {
    yoke_sketch *sketch = make(10, 8);
    static char large[1 << 20];
    yoke_sketch_item items[10];
    memset(large, 'k', sizeof large);
    yoke_sketch_add(sketch, NULL, 0, 5);
    yoke_sketch_add(sketch, large, 8, 4);
    yoke_sketch_add(sketch, large, 9, 3);
    yoke_sketch_add(sketch, large, sizeof large, 2);
    large[sizeof large - 1] = 'x'; /* the same first bytes, another key */
    yoke_sketch_add(sketch, large, sizeof large, 1);
    yoke_sketch_add(sketch, large, 1, 0); /* nothing */
    REQUIRE(yoke_sketch_top(sketch, items, 10) == 5);
    static const size_t sizes[] = {0, 8, 9, sizeof large, sizeof large};
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(items[i].count, 5 - i);
        CU_ASSERT_EQUAL(items[i].error, 0);
        CU_ASSERT_EQUAL(items[i].key_size, sizes[i]);
        CU_ASSERT_EQUAL(items[i].key_kept, sizes[i] < 8 ? sizes[i] : 8);
    }
    CU_ASSERT_EQUAL(yoke_sketch_top(sketch, items, 2), 2);
    CU_ASSERT_EQUAL(yoke_sketch_top(sketch, items, 0), 0);
    yoke_sketch_destroy(sketch);
}

TEST(reset_forgets) {
    static stream s;
    yoke_sketch *sketch = make(4, 0);
    for (uint32_t i = 0; i < 100; i++) add(sketch, &s, i, 1);
    yoke_sketch_reset(sketch);
    memset(&s, 0, sizeof s);
    CU_ASSERT_EQUAL(breaches(sketch, &s, 0), 0);
    for (uint32_t i = 0; i < 4; i++) add(sketch, &s, i + 50, i + 1);
    CU_ASSERT_EQUAL(breaches(sketch, &s, 0), 0);
    yoke_sketch_destroy(sketch);
}

TEST(counts_stay_at_the_top) {
    yoke_sketch *sketch = make(1, 0);
    yoke_sketch_item item;
    yoke_sketch_add(sketch, "a", 1, UINT64_MAX);
    yoke_sketch_add(sketch, "a", 1, 5);
    yoke_sketch_add(sketch, "b", 1, 5);
    REQUIRE(yoke_sketch_top(sketch, &item, 1) == 1);
    CU_ASSERT_EQUAL(item.count, UINT64_MAX);
    CU_ASSERT_EQUAL(item.error, UINT64_MAX);
    CU_ASSERT_EQUAL(yoke_sketch_total(sketch), UINT64_MAX);
    yoke_sketch_destroy(sketch);
}

TEST(bad_arguments) {
    yoke_sketch *sketch = NULL, *other = make(3, 8);
    CU_ASSERT_EQUAL(yoke_sketch_create(&(yoke_sketch_options){.counters = (1 << 24) + 1}, &sketch),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sketch_create(&(yoke_sketch_options){.key_bytes = 65537}, &sketch),
                    YOKE_EINVAL);
    CU_ASSERT(sketch == NULL);
    REQUIRE(yoke_sketch_create(NULL, &sketch) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sketch_merge(sketch, sketch), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sketch_merge(sketch, other), YOKE_EINVAL);
    yoke_sketch_destroy(sketch);
    yoke_sketch_destroy(other);
    yoke_sketch_destroy(NULL);
}
