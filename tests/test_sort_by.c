/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting and merging by a comparison, against the serial references.
 */
#include <omp.h>
#include <stdatomic.h>

#include "tests/sort_keys.h"

/* Items begin with a key of 4 bytes; what follows says where they came from. */
static int compare(const void *a, const void *b, void *ctx) {
    uint32_t x, y, mask = *(const uint32_t *)ctx;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return ((x & mask) > (y & mask)) - ((x & mask) < (y & mask));
}

static char *make_items(size_t n, size_t size, keys_kind kind) {
    char *items = calloc(n + 1, size);
    for (size_t i = 0; i < n; i++) {
        uint32_t key = (uint32_t)key_bits(kind, i, n, 32), place = (uint32_t)i;
        memcpy(items + i * size, &key, 4);
        if (size >= 8) memcpy(items + i * size + 4, &place, 4);
    }
    return items;
}

static const size_t sizes[] = {4, 8, 12, 16, 40};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void check(size_t n, size_t size, keys_kind kind, uint32_t mask, const yoke_run *run) {
    char *items = make_items(n, size, kind), *wanted = malloc((n + 1) * size);
    memcpy(wanted, items, n * size);
    REQUIRE(yoke_sort_by_ref(wanted, n, size, compare, &mask) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_sort_by(items, n, size, compare, &mask, run), YOKE_OK);
    CU_ASSERT(!memcmp(items, wanted, n * size));
    free(items), free(wanted);
}

TEST(few_items) {
    for (int s = 0; s < KEY_SIZES; s++)
        for (int i = 0; i < SIZES; i++)
            for (int kind = 0; kind < KEYS_KINDS; kind++)
                check(key_sizes[s], sizes[i], kind, kind % 2 ? 0xff : UINT32_MAX, NULL);
}

/* Around the bounds of blocks, of 2^18 bytes, and of the pairs of runs that are merged. */
TEST(many_items) {
    yoke_scratch scratch = {0};
    for (int i = 0; i < 24; i++) {
        yoke_run run = {.threads = key_threads[i % KEY_THREADS], .scratch = &scratch};
        size_t size = sizes[i % SIZES], block = (1 << 18) / size;
        size_t n = block * (1 + (size_t)i % 5) + (size_t)(i % 3) - 1;
        check(test_size(n, n / 2), size, i % KEYS_KINDS, i % 2 ? 0xffff : UINT32_MAX, &run);
    }
    yoke_scratch_fini(&scratch);
}

static void check_merge(size_t na, size_t nb, size_t size, keys_kind kind, const yoke_run *run) {
    uint32_t mask = 0xfff;
    char *a = make_items(na, size, kind), *b = make_items(nb, size, KEYS_RANDOM);
    char *wanted = calloc(na + nb + 1, size), *seen = calloc(na + nb + 1, size);
    REQUIRE(yoke_sort_by_ref(a, na, size, compare, &mask) == YOKE_OK);
    REQUIRE(yoke_sort_by_ref(b, nb, size, compare, &mask) == YOKE_OK);
    REQUIRE(yoke_merge_by_ref(a, na, b, nb, wanted, size, compare, &mask) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_merge_by(a, na, b, nb, seen, size, compare, &mask, run), YOKE_OK);
    CU_ASSERT(!memcmp(wanted, seen, (na + nb) * size));
    free(a), free(b), free(wanted), free(seen);
}

TEST(merging) {
    for (int i = 0; i < KEY_SIZES * SIZES; i++)
        check_merge(key_sizes[i % KEY_SIZES], key_sizes[(i * 7 + 3) % KEY_SIZES], sizes[i % SIZES],
                    i % KEYS_KINDS, NULL);
    for (int i = 0; i < 8; i++)
        check_merge(test_size(100000, 30000), 70000, 8, i, &(yoke_run){.threads = 1 + i});
    check_merge(0, 200000, 8, KEYS_RANDOM, NULL);
    check_merge(200000, 0, 8, KEYS_RANDOM, NULL);
}

/* What contradicts itself: no order comes out, but the call ends, and nothing else is touched. */
static int contradict(const void *a, const void *b, void *ctx) {
    (void)ctx;
    uint64_t x;
    memcpy(&x, a, sizeof x);
    return (int)((x ^ (uintptr_t)b >> 3) % 3) - 1;
}

TEST(contradictions) {
    size_t n = test_size(300000, 100000);
    uint64_t *items = malloc(n * sizeof *items);
    keys_fill(items, n, 64, KEYS_RANDOM);
    CU_ASSERT_EQUAL(yoke_sort_by(items, n, 8, contradict, NULL, NULL), YOKE_OK);
    free(items);
}

/* An adversary (after McIlroy, "A killer adversary for quicksort", 1999) decides what the items are
 * while it is asked: it keeps them undecided, "gas", as long as it can. */
typedef struct adversary {
    size_t values[20000];
    size_t solid, comparisons, gas;
    uint64_t candidate;
} adversary;

static int compare_hostile(const void *a, const void *b, void *ctx) {
    adversary *v = ctx;
    uint64_t x, y;
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    v->comparisons++;
    if (v->values[x] == v->gas && v->values[y] == v->gas)
        v->values[x == v->candidate ? x : y] = v->solid++;
    if (v->values[x] == v->gas)
        v->candidate = x;
    else if (v->values[y] == v->gas)
        v->candidate = y;
    return (v->values[x] > v->values[y]) - (v->values[x] < v->values[y]);
}

TEST(hostile_comparison) {
    enum { N = 20000, LOG = 15 };
    static adversary v = {.gas = N};
    static uint64_t items[N];
    for (size_t i = 0; i < N; i++) items[i] = i, v.values[i] = N;
    CU_ASSERT_EQUAL(yoke_sort_by(items, N, 8, compare_hostile, &v, &(yoke_run){.threads = 1}),
                    YOKE_OK);
    CU_ASSERT(v.comparisons < (size_t)N * LOG + (size_t)N * 4);
    size_t wrong = 0;
    for (size_t i = 1; i < N; i++) wrong += v.values[items[i - 1]] > v.values[items[i]];
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Told to stop while it runs. */
typedef struct stopper {
    atomic_size_t calls;
    yoke_cancel *cancel;
} stopper;

static int compare_and_stop(const void *a, const void *b, void *ctx) {
    stopper *s = ctx;
    if (atomic_fetch_add(&s->calls, 1) == 1000) yoke_cancel_request(s->cancel);
    return memcmp(a, b, 8);
}

TEST(stopped_on_the_way) {
    size_t n = test_size(1000000, 300000);
    uint64_t *items = malloc(n * sizeof *items);
    keys_fill(items, n, 64, KEYS_RANDOM);
    for (int threads = 1; threads <= 3; threads++) {
        stopper s = {0};
        REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
        yoke_run run = {.threads = threads, .cancel = s.cancel};
        CU_ASSERT_EQUAL(yoke_sort_by(items, n, 8, compare_and_stop, &s, &run), YOKE_ECANCELED);
        CU_ASSERT(s.calls < n * 10);
        yoke_cancel_release(s.cancel);
    }
    free(items);
}

TEST(inside_a_region) {
    enum { N = 100000 };
    uint32_t mask = UINT32_MAX;
    char *items = make_items(N, 8, KEYS_FEW), *wanted = malloc((size_t)N * 8);
    memcpy(wanted, items, (size_t)N * 8);
    REQUIRE(yoke_sort_by_ref(wanted, N, 8, compare, &mask) == YOKE_OK);
    int status = YOKE_EIO;
#pragma omp parallel num_threads(3) default(none) shared(items, status, mask)
#pragma omp single
    status = yoke_sort_by(items, N, 8, compare, &mask, NULL);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT(!memcmp(items, wanted, (size_t)N * 8));
    free(items), free(wanted);
}

TEST(what_is_refused) {
    uint64_t items[2] = {2, 1}, to[4];
    uint32_t mask = 1;
    CU_ASSERT_EQUAL(yoke_sort_by(items, 2, 0, compare, &mask, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_by(items, 2, 8, NULL, NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_by(items, SIZE_MAX / 8, 8, compare, &mask, NULL), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_sort_by_ref(items, 2, 0, compare, &mask), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_merge_by(items, 2, items, 2, to, 0, compare, &mask, NULL), YOKE_EINVAL);
    yoke_run late = {.deadline = 1};
    CU_ASSERT_EQUAL(yoke_sort_by(items, 2, 8, compare, &mask, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_merge_by(items, 1, items, 1, to, 8, compare, &mask, &late),
                    YOKE_ETIMEDOUT);
    CU_ASSERT(items[0] == 2 && items[1] == 1);
}
