/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that are sorted but for some, against the serial references. A sorted array is disturbed in
 * one of many ways, by as many keys as wanted; the bounds are those of the stretches (2^15 keys)
 * that are looked at together.
 */
#include "tests/sort_keys.h"
#include "yoke/deadline.h"

enum { STRETCH = 1 << 15 };

/* Where each key comes from; `amount` in thousandths of the keys. */
typedef void disturb_fn(size_t *from, size_t n, size_t amount);

static void swap(size_t *from, size_t i, size_t j) {
    size_t x = from[i];
    from[i] = from[j], from[j] = x;
}

static void copies(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n; i++)
        if (test_random_below(1000) < amount) from[i] = test_random_below(n);
}
static void swaps(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n; i++)
        if (2 * test_random_below(1000) < amount) swap(from, i, test_random_below(n));
}
static void neighbours(size_t *from, size_t n, size_t amount) {
    for (size_t i = 9; i < n; i++)
        if (2 * test_random_below(1000) < amount) swap(from, i, i - 1 - test_random_below(9));
}
static void tail(size_t *from, size_t n, size_t amount) {
    for (size_t i = n - n * amount / 1000; i < n; i++) from[i] = test_random_below(n);
}
static void head(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n * amount / 1000; i++) from[i] = test_random_below(n);
}
static void turned(size_t *from, size_t n, size_t amount) {
    size_t many = n * amount / 1000, first = (n - many) / 2;
    for (size_t i = 0; i < many / 2; i++) swap(from, first + i, first + many - 1 - i);
}
/* The first keys come behind all others. */
static void rotated(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n; i++) from[i] = (i + n * amount / 1000) % n;
}
/* Keys of the end in the middle. */
static void moved(size_t *from, size_t n, size_t amount) {
    size_t many = n * amount / 1000, first = (n - many) / 2;
    for (size_t i = first; i < n; i++) from[i] = i < first + many ? n - many + i - first : i - many;
}
static void two(size_t *from, size_t n, size_t amount) {
    size_t first = n - n * amount / 1000;
    for (size_t i = 0; i < n; i++) from[i] = i < first ? i : i - first;
}
static void saw(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n; i++) from[i] = i % (n * (amount + 1) / 1001 + 1);
}
/* Each stretch reaches into the next one. */
static void overlapping(size_t *from, size_t n, size_t amount) {
    for (size_t i = 0; i < n; i++) {
        size_t at = i % STRETCH, to = i + at * amount / 1000;
        from[i] = to < n ? to : n - 1;
    }
}
/* The largest key ends each stretch, and the least begins it; or both at once. */
static void hostile_bounds(size_t *from, size_t n, size_t amount) {
    for (size_t i = STRETCH; i < n; i += STRETCH) {
        if (amount % 3 != 1) from[i - 1] = n - 1;
        if (amount % 3 != 2) from[i] = 0;
    }
}
/* One key, first or last, among all or in the middle. */
static void outlier(size_t *from, size_t n, size_t amount) {
    size_t places[] = {0, n - 1, n / 2, STRETCH - 1, STRETCH};
    size_t at = places[amount % 5];
    from[at] = at < n / 2 ? n - 1 : 0;
}
/* Groups of large keys, then of small ones, of all sizes. */
static void groups(size_t *from, size_t n, size_t amount) {
    for (size_t i = 1000, size = 1; i + size < n && amount; i += 1000 * size / amount + size) {
        for (size_t j = 0; j < size; j++) from[i + j] = size % 2 ? n - size + j : j;
        if (++size == 40) size = 1;
    }
}

static disturb_fn *const ways[] = {copies,      swaps,          neighbours, tail,  head,
                                   turned,      rotated,        moved,      two,   saw,
                                   overlapping, hostile_bounds, outlier,    groups};
enum { WAYS = sizeof ways / sizeof *ways };

static const size_t amounts[] = {0, 1, 2, 10, 40, 90, 110, 130, 300, 500, 900, 1000};
enum { AMOUNTS = sizeof amounts / sizeof *amounts };

/* The places in their order. */
static void count_places(const size_t *from, size_t n, size_t *sorted) {
    size_t *counts = calloc(n, sizeof *counts), k = 0;
    for (size_t i = 0; i < n; i++) counts[from[i]]++;
    for (size_t i = 0; i < n; i++)
        while (counts[i]-- > 0) sorted[k++] = i;
    free(counts);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
/* The result is known by the places, since the keys that are disturbed are sorted by the reference.
 */
#define DEFINE_CHECK(T, type, wide)                                                                \
    static void check_##T(size_t n, keys_kind kind, disturb_fn *way, size_t amount,                \
                          yoke_sort_order order, const yoke_run *run) {                            \
        type *sorted = malloc(n * sizeof *sorted), *keys = malloc(n * sizeof *keys);               \
        size_t *from = malloc(n * sizeof *from), *wanted = malloc(n * sizeof *wanted), wrong = 0;  \
        keys_fill(sorted, n, 8 * sizeof(type), kind);                                              \
        REQUIRE(yoke_sort_##T##_ref(sorted, n, order) == YOKE_OK);                                 \
        for (size_t i = 0; i < n; i++) from[i] = i;                                                \
        way(from, n, amount);                                                                      \
        count_places(from, n, wanted);                                                             \
        for (size_t i = 0; i < n; i++) memcpy(&keys[i], &sorted[from[i]], sizeof *keys);           \
        CU_ASSERT_EQUAL(yoke_sort(keys, n, order, run), YOKE_OK);                                  \
        for (size_t i = 0; i < n; i++)                                                             \
            wrong += memcmp(&keys[i], &sorted[wanted[i]], sizeof *keys) != 0;                      \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(sorted), free(keys), free(wanted), free(from);                                        \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(DEFINE_CHECK)

static void (*const checks[])(size_t, keys_kind, disturb_fn *, size_t, yoke_sort_order,
                              const yoke_run *) = {check_i32, check_i64, check_u32,
                                                   check_u64, check_f32, check_f64};
enum { CHECKS = sizeof checks / sizeof *checks };

/* Every way, and amounts by turns, with one of the types, kinds of keys, sizes, numbers of threads.
 */
static void check_all(const size_t *sizes, size_t count, size_t first) {
    static const keys_kind kinds[] = {KEYS_RANDOM, KEYS_RISING, KEYS_SPECIAL, KEYS_FEW, KEYS_SIZES};
    yoke_scratch scratch = {0};
    for (size_t w = 0, k = first; w < WAYS; w++)
        for (size_t a = (first + w) % 2; a < AMOUNTS; a += test_size(2, 6), k++) {
            yoke_run run = {.threads = key_threads[k / 3 % KEY_THREADS]};
            if (k % 5) run.scratch = &scratch;
            yoke_isa_limit((yoke_isa)(k / 2 % 3));
            checks[k % CHECKS](sizes[k % count], kinds[k % 7 < 3 ? 0 : k % 5], ways[w], amounts[a],
                               k / CHECKS % 2 ? YOKE_DESCENDING : YOKE_ASCENDING, &run);
        }
    yoke_scratch_fini(&scratch);
}

TEST(at_the_bound) {
    static const size_t sizes[] = {65536, 65537, 65535};
    check_all(sizes, 3, 0);
}
TEST(around_stretches) {
    static const size_t sizes[] = {98303, 98304, 98305, 98306};
    check_all(sizes, 4, 1);
}
TEST(some_stretches) {
    static const size_t sizes[] = {131071, 131073, 147000, 65599, 70000};
    check_all(sizes, 5, 2);
}
TEST(more_stretches) {
    size_t sizes[] = {test_size(262145, 70001), test_size(200001, 98304)};
    check_all(sizes, 2, 3);
}

/* Strays enough for all members, and whole stretches among them. */
TEST(many_strays) {
    disturb_fn *some[] = {copies, tail, moved, head};
    for (int w = 0; w < 4; w++) {
        yoke_run run = {.threads = key_threads[w]};
        size_t n = test_size(620001, 590001);
        check_u32(n, KEYS_RISING, some[w], w == 0 ? 112 : 120, YOKE_ASCENDING, &run);
        if (w % 2) check_f64(n, KEYS_RISING, some[w], 124, YOKE_DESCENDING, &run);
    }
}

/* Only there is more scratch needed, so this shows that such keys are seen. */
TEST(room_for_strays) {
    enum { N = 200000 };
    uint64_t *keys = malloc(N * sizeof *keys);
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        yoke_scratch scratch = {0};
        keys_fill(keys, N, 64, i ? KEYS_NEARLY : KEYS_RANDOM);
        yoke_run run = {.threads = 2, .scratch = &scratch};
        CU_ASSERT_EQUAL(yoke_sort(keys, N, YOKE_ASCENDING, &run), YOKE_OK);
        sizes[i] = scratch.size;
        yoke_scratch_fini(&scratch);
    }
    CU_ASSERT(sizes[1] >= sizes[0] + N);
    free(keys);
}

/* Sorted already, or all equal, but for one key anywhere. */
TEST(one_key) {
    enum { N = 80000 };
    static uint64_t keys[N];
    for (int i = 0; i < 24; i++) {
        size_t at = i == 0 ? 0 : i == 1 ? N - 1 : test_random_below(N), falls = 0, sum = 0;
        for (size_t j = 0; j < N; j++) keys[j] = i % 2 ? 7 : j;
        keys[at] = i % 4 < 2 ? UINT64_MAX : 0;
        for (size_t j = 0; j < N; j++) sum += keys[j];
        CU_ASSERT_EQUAL(yoke_sort(keys, N, YOKE_ASCENDING, &(yoke_run){.threads = 2}), YOKE_OK);
        for (size_t j = 0; j < N; j++) sum -= keys[j], falls += j > 0 && keys[j] < keys[j - 1];
        CU_ASSERT_EQUAL(falls, 0);
        CU_ASSERT_EQUAL(sum, 0);
    }
}

/* Time ends at every step of it, until there is enough. */
TEST(no_time) {
    enum { N = 300000 };
    uint64_t *keys = malloc(N * sizeof *keys);
    int status = YOKE_ETIMEDOUT;
    for (double seconds = 1e-6; status == YOKE_ETIMEDOUT; seconds *= 1.2) {
        keys_fill(keys, N, 64, KEYS_NEARLY);
        yoke_run run = {.threads = 2, .deadline = yoke_deadline_in(seconds)};
        status = yoke_sort(keys, N, YOKE_ASCENDING, &run);
    }
    CU_ASSERT_EQUAL(status, YOKE_OK);
    bool sorted = false;
    CU_ASSERT_EQUAL(yoke_is_sorted(keys, N, YOKE_ASCENDING, &sorted, NULL), YOKE_OK);
    CU_ASSERT(sorted);
    free(keys);
}
