/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/select_use.h"
#include "yoke/memory.h"

typedef struct task {
    size_t n;
    unsigned density;
} task;

/* Select and partition by flags, against the references. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_FLAGS(T, type, wide)                                                                 \
    static void check_flags_##T(const yoke_run *run, void *ctx) {                                  \
        const task *t = ctx;                                                                       \
        size_t n = t->n, bytes = n * sizeof(type), count = 99;                                     \
        type *from = select_items_##T(n), *to = select_output(bytes), *ref = select_output(bytes); \
        unsigned char *flags = select_flags(n, t->density);                                        \
        CU_ASSERT_EQUAL(yoke_select(from, flags, n, to, &count, run), YOKE_OK);                    \
        CU_ASSERT_EQUAL(count, yoke_select_##T##_ref(from, flags, n, ref));                        \
        SELECT_SAME(to, ref, bytes);                                                               \
        CU_ASSERT_EQUAL(yoke_partition(from, flags, n, to, &count, run), YOKE_OK);                 \
        CU_ASSERT_EQUAL(count, yoke_partition_##T##_ref(from, flags, n, ref));                     \
        SELECT_SAME(to, ref, bytes);                                                               \
        free(from), free(to), free(ref), free(flags);                                              \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_FLAGS)

static void check_flags(const yoke_run *run, void *ctx) {
    static const unsigned densities[] = {0, 1, 32, 64};
    for (size_t i = 0; i < sizeof densities / sizeof *densities; i++) {
        task t = {*(size_t *)ctx, densities[i]};
#define CALL(T, type, wide) check_flags_##T(run, &t);
        YOKE_TYPES(CALL)
#undef CALL
    }
}

TEST(flags_of_any_length) { select_each(check_flags); }

#define EACH_FLAGS(T, type, wide)                                                                  \
    TEST(flags_in_many_blocks_##T) {                                                               \
        each_run(check_flags_##T, &(task){select_large(), 20});                                    \
        each_isa(check_flags_##T, &(task){SELECT_TWO, 40});                                        \
    }
YOKE_TYPES(EACH_FLAGS)

/* By relation. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_WHERE(T, type, wide)                                                                 \
    static void check_where_##T(const yoke_run *run, void *ctx) {                                  \
        size_t n = *(size_t *)ctx, bytes = n * sizeof(type), count = 99;                           \
        type *from = select_items_##T(n), *to = select_output(bytes), *ref = select_output(bytes); \
        for (int r = YOKE_RELATION_EQUAL; r <= YOKE_RELATION_GREATER_EQUAL; r++) {                 \
            type value = select_item_##T();                                                        \
            CU_ASSERT_EQUAL(yoke_select_where(from, n, (yoke_relation)r, value, to, &count, run),  \
                            YOKE_OK);                                                              \
            CU_ASSERT_EQUAL(count, yoke_select_where_##T##_ref(from, n, r, value, ref));           \
            SELECT_SAME(to, ref, bytes);                                                           \
            CU_ASSERT_EQUAL(                                                                       \
                yoke_partition_where(from, n, (yoke_relation)r, value, to, &count, run), YOKE_OK); \
            CU_ASSERT_EQUAL(count, yoke_partition_where_##T##_ref(from, n, r, value, ref));        \
            SELECT_SAME(to, ref, bytes);                                                           \
            memset(to, 0xA5, bytes), memset(ref, 0xA5, bytes);                                     \
        }                                                                                          \
        free(from), free(to), free(ref);                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_WHERE)

static void check_where(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_where_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(relations_of_any_length) { select_each(check_where); }

TEST(relations_in_many_blocks_u32) { each_run(check_where_u32, &(size_t){select_large()}); }
TEST(relations_in_many_blocks_f64) { each_run(check_where_f64, &(size_t){select_large()}); }

TEST(a_nan_is_unequal_to_all) {
    const double x[] = {NAN, 1, NAN};
    double to[3];
    size_t count;
    CU_ASSERT_EQUAL(yoke_select_where(x, 3, YOKE_RELATION_EQUAL, NAN, to, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(yoke_select_where(x, 3, YOKE_RELATION_NOT_EQUAL, NAN, to, &count, NULL),
                    YOKE_OK);
    CU_ASSERT_EQUAL(count, 3);
    CU_ASSERT_EQUAL(yoke_select_where(x, 3, YOKE_RELATION_LESS, 2.0, to, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 1);
}

/* In three. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define CHECK_THREE(T, type, wide)                                                                 \
    static void check_three_##T(const yoke_run *run, void *ctx) {                                  \
        size_t n = *(size_t *)ctx, bytes = n * sizeof(type), counts[3], expected[3];               \
        type *from = select_items_##T(n), *to = select_output(bytes), *ref = select_output(bytes); \
        type low = select_item_##T(), high = select_item_##T();                                    \
        CU_ASSERT_EQUAL(yoke_partition3(from, n, low, high, to, counts, run), YOKE_OK);            \
        yoke_partition3_##T##_ref(from, n, low, high, ref, expected);                              \
        for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(counts[i], expected[i]);                       \
        SELECT_SAME(to, ref, bytes);                                                               \
        free(from), free(to), free(ref);                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE_TYPES(CHECK_THREE)

static void check_three(const yoke_run *run, void *ctx) {
#define CALL(T, type, wide) check_three_##T(run, ctx);
    YOKE_TYPES(CALL)
#undef CALL
}

TEST(three_parts_of_any_length) { select_each(check_three); }
TEST(three_parts_in_many_blocks_i64) { each_run(check_three_i64, &(size_t){select_large()}); }
TEST(three_parts_in_many_blocks_f32) { each_run(check_three_f32, &(size_t){select_large()}); }

/* So large that outputs pass the caches. */
TEST_WITH_LIMIT(large_outputs, 60) {
    size_t n = ((size_t)64 << 20) / sizeof(uint64_t) + 12345, count = 0, low = 0, wrong = 0;
    uint64_t *from = yoke_aligned_alloc(n * sizeof *from), *to = yoke_aligned_alloc((n + 1) * 8);
    REQUIRE(from && to);
    for (size_t i = 0; i < n; i++) from[i] = i * 0x9E3779B97F4A7C15u;
    uint64_t value = UINT64_MAX / 3, *out = to + 1;
    yoke_run run = {.threads = 3};
    CU_ASSERT_EQUAL(yoke_select_where(from, n, YOKE_RELATION_LESS, value, out, &count, &run),
                    YOKE_OK);
    for (size_t i = 0; i < n; i++)
        if (from[i] < value) wrong += out[low++] != from[i];
    CU_ASSERT_EQUAL(count, low);
    CU_ASSERT_EQUAL(yoke_partition_where(from, n, YOKE_RELATION_GREATER, value, out, &count, &run),
                    YOKE_OK);
    CU_ASSERT_EQUAL(count, n - low);
    for (size_t i = 0, high = 0, rest = count; i < n; i++)
        wrong += out[from[i] > value ? high++ : rest++] != from[i];
    CU_ASSERT_EQUAL(wrong, 0);
    yoke_aligned_free(from), yoke_aligned_free(to);
}

/* Places. */
static void check_places(const yoke_run *run, void *ctx) {
    size_t n = *(size_t *)ctx, bytes = n * sizeof(uint64_t), count = 99;
    uint64_t *to = select_output(bytes), *ref = select_output(bytes);
    unsigned char *flags = select_flags(n, (unsigned)test_random_below(65));
    CU_ASSERT_EQUAL(yoke_select_places(flags, n, to, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count, yoke_select_places_ref(flags, n, ref));
    SELECT_SAME(to, ref, bytes);
    free(to), free(ref), free(flags);
}

TEST(places_of_any_length) { select_each(check_places); }
TEST(places_in_many_blocks) { each_run(check_places, &(size_t){select_large()}); }

/* Tests and items of the user. */
typedef struct point {
    char name[5];
    signed char x, y;
} point;

static inline bool is_near(point p, const void *ctx) {
    return abs(p.x) + abs(p.y) <= *(const int *)ctx;
}
YOKE_DEFINE_PREDICATE(near, point, is_near)

static inline bool is_even(uint64_t x, const void *ctx) {
    (void)ctx;
    return x % 2 == 0;
}
YOKE_DEFINE_PREDICATE(even, uint64_t, is_even)

static void check_near(const yoke_run *run, void *ctx) {
    size_t n = *(size_t *)ctx, bytes = n * sizeof(point), count, size = sizeof(point);
    point *from = calloc(n, sizeof *from), *to = select_output(bytes), *ref = select_output(bytes);
    uint64_t *places = select_output(8 * n), *places_ref = select_output(8 * n);
    int distance = 100;
    for (size_t i = 0; i < n; i++)
        from[i] = (point){"", (signed char)test_random(), (signed char)test_random()};
    CU_ASSERT_EQUAL(near_select(from, n, &distance, to, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count, yoke_select_by_ref(from, n, size, near_flags, &distance, ref));
    SELECT_SAME(to, ref, bytes);
    CU_ASSERT_EQUAL(near_places(from, n, &distance, places, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count,
                    yoke_select_places_by_ref(from, n, size, near_flags, &distance, places_ref));
    SELECT_SAME(places, places_ref, 8 * n);
    CU_ASSERT_EQUAL(near_partition(from, n, &distance, to, &count, run), YOKE_OK);
    CU_ASSERT_EQUAL(count, yoke_partition_by_ref(from, n, size, near_flags, &distance, ref));
    SELECT_SAME(to, ref, bytes);
    free(from), free(to), free(ref), free(places), free(places_ref);
}

TEST(the_references_of_items_of_the_user) {
    const uint64_t from[] = {3, 4, 6, 7, 8};
    uint64_t to[5] = {0};
    CU_ASSERT_EQUAL(yoke_select_by_ref(from, 5, 8, even_flags, NULL, to), 3);
    CU_ASSERT(!memcmp(to, (uint64_t[]){4, 6, 8, 0, 0}, sizeof to));
    CU_ASSERT_EQUAL(yoke_partition_by_ref(from, 5, 8, even_flags, NULL, to), 3);
    CU_ASSERT(!memcmp(to, (uint64_t[]){4, 6, 8, 3, 7}, sizeof to));
    CU_ASSERT_EQUAL(yoke_select_places_by_ref(from, 5, 8, even_flags, NULL, to), 3);
    CU_ASSERT(!memcmp(to, (uint64_t[]){1, 2, 4, 3, 7}, sizeof to));
}

TEST(items_of_the_user) { each_run(check_near, &(size_t){test_size(70001, 30001)}); }

static void flag_first_bytes(const void *items, size_t n, unsigned char *flags, const void *ctx) {
    for (size_t i = 0; i < n; i++)
        flags[i] = ((const unsigned char *)items)[8 * i] < *(const unsigned char *)ctx;
}

TEST(items_at_odd_addresses) {
    unsigned char bytes[8 * 70 + 1], to[8 * 70], ref[8 * 70], limit = 100;
    size_t count;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)test_random();
    size_t at = yoke_select_by_ref(bytes + 1, 70, 8, flag_first_bytes, &limit, ref);
    CU_ASSERT_EQUAL(yoke_select_by(bytes + 1, 70, 8, flag_first_bytes, &limit, to, &count, NULL),
                    YOKE_OK);
    CU_ASSERT_EQUAL(count, at);
    CU_ASSERT(!memcmp(to, ref, 8 * at));
}

/* ---- refusals ---- */

TEST(refuses_overlaps_and_missing_arrays) {
    double x[20] = {0};
    unsigned char flags[40] = {0};
    size_t count = 99, counts[3];
    CU_ASSERT_EQUAL(yoke_select(x, flags, 10, x, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select(x, flags, 10, x + 9, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select(x + 9, flags, 10, x, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select(x, flags, 10, (double *)NULL, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select(x, NULL, 10, x + 10, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select(x, (unsigned char *)(x + 12), 10, x + 10, &count, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partition(x, flags, 10, x + 5, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partition3(x, 10, 0, 1, x + 5, counts, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partition3((double *)NULL, 10, 0, 1, x + 5, counts, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select_places((unsigned char *)x, 2, (uint64_t *)x, &count, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select_where(x, 1, (yoke_relation)6, 0, x + 1, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partition_where(x, 1, (yoke_relation)-1, 0, x + 1, &count, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select_by(x, 1, 0, even_flags, NULL, x + 1, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_select_by(x, 1, 65537, even_flags, NULL, x + 1, &count, NULL),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_partition_by(x, 1, 8, NULL, NULL, x + 1, &count, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(count, 99);
    CU_ASSERT_EQUAL(yoke_select(x, flags, 10, x + 10, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_select((double *)NULL, NULL, 0, (double *)NULL, &count, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(count, 0);
}

TEST(stops_when_asked) {
    enum { N = 70000 };
    uint32_t *from = select_items_u32(N), *to = select_output(N * sizeof *to);
    unsigned char *flags = select_flags(N, 32);
    size_t count = 99;
    yoke_cancel *cancel;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    CU_ASSERT_EQUAL(yoke_select(from, flags, N, to, &count, &(yoke_run){.cancel = cancel}),
                    YOKE_ECANCELED);
    CU_ASSERT_EQUAL(yoke_partition(from, flags, N, to, &count, &(yoke_run){.deadline = 1}),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_select(from, flags, N, to, &count, &(yoke_run){.threads = -1}),
                    YOKE_EINVAL);
    CU_ASSERT_EQUAL(count, 99);
    yoke_cancel_release(cancel);
    free(from), free(to), free(flags);
}

TEST(scratch_is_enough_for_calls_of_all_sizes) {
    yoke_scratch scratch = {0};
    yoke_run run = {.threads = 3, .scratch = &scratch};
    static const size_t sizes[] = {10, 70000, 1000, 40000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_flags_f64(&run, &(task){sizes[i], 32});
        check_three_u32(&run, (void *)&sizes[i]);
    }
    yoke_scratch_fini(&scratch);
}
