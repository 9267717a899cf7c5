/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting, merging and checking files of numbers against yoke_sort_T_ref, in memory and by way of
 * temporary files.
 */
#include "yoke/sort_numbers.h"

#include <string.h>

#include "tests/lines_use.h"
#include "yoke/cancel.h"

/* 300,000 numbers of 8 bytes are six pieces of the least memory, which four at a time are merged.
 */
enum { MANY = 300000, SMALL = 1 << 20 };

static const yoke_run two = {.threads = 2};
static const yoke_run runs[] = {{.threads = 1}, {.threads = 2}, {.threads = 3}, {.threads = 8}};

static yoke_input memory_of(const void *data, size_t size) {
    return (yoke_input){.kind = YOKE_INPUT_MEMORY, .data = data, .size = size};
}

static content sorted(const yoke_numbers_sort *sort, const yoke_input *inputs, size_t count,
                      const yoke_run *run) {
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_numbers(sort, inputs, count, output, run), YOKE_OK);
    return read_back(output);
}

static void check_sorted(const yoke_numbers_sort *sort, const void *data, size_t size,
                         const void *want, size_t want_size, const yoke_run *run) {
    /* two inputs, the first of them empty when there is little */
    size_t first = size / 3 & ~(size_t)7;
    const yoke_input in[] = {memory_of(data, first),
                             memory_of((const char *)data + first, size - first)};
    content got = sorted(sort, in, 2, run);
    CU_ASSERT_EQUAL(got.size, want_size);
    CU_ASSERT(got.size == want_size && memcmp(got.data, want, want_size) == 0);
    free(got.data);
}

static size_t drop_repeated(char *items, size_t n, size_t size) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || memcmp(items + (kept - 1) * size, items + i * size, size) != 0)
            memmove(items + kept++ * size, items + i * size, size);
    return kept;
}

/* Bits of all sizes, so that there are small numbers, NaN, infinities; every second one twice. */
static void fill(void *items, size_t n, size_t size) {
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = test_random() >> test_random_below(64);
        if (i % 2) bits = ~bits;
        if (i % 4 == 3) memcpy(&bits, (char *)items + (i - 3) * size, size);
        memcpy((char *)items + i * size, &bits, size);
    }
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_CHECK(T, item, name)                                                                \
    static void check_##T(size_t n, size_t memory, const yoke_run *run) {                          \
        item *data = malloc((n + 1) * sizeof *data), *want = malloc((n + 1) * sizeof *want);       \
        fill(data, n, sizeof *data);                                                               \
        for (int how = 0; how < 4; how += n < 1000 ? 1 : 3) {                                      \
            yoke_numbers_sort sort = {.type = name, .memory = memory, .unique = how / 2};          \
            sort.order = how % 2 ? YOKE_DESCENDING : YOKE_ASCENDING;                               \
            sort.packing = how == 3 ? YOKE_LINE_PACK_ALWAYS : YOKE_LINE_PACK_LARGE;                \
            memcpy(want, data, n * sizeof *data);                                                  \
            REQUIRE(yoke_sort_##T##_ref(want, n, sort.order) == YOKE_OK);                          \
            size_t left = sort.unique ? drop_repeated((char *)want, n, sizeof *want) : n;          \
            check_sorted(&sort, data, n * sizeof *data, want, left * sizeof *want, run);           \
        }                                                                                          \
        free(data), free(want);                                                                    \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_CHECK(i32, int32_t, YOKE_NUMBERS_I32)
DEFINE_CHECK(i64, int64_t, YOKE_NUMBERS_I64)
DEFINE_CHECK(u32, uint32_t, YOKE_NUMBERS_U32)
DEFINE_CHECK(u64, uint64_t, YOKE_NUMBERS_U64)
DEFINE_CHECK(f32, float, YOKE_NUMBERS_F32)
DEFINE_CHECK(f64, double, YOKE_NUMBERS_F64)

static void check_all(size_t n, size_t memory, const yoke_run *run) {
    check_i32(n, memory, run), check_u32(n, memory, run), check_f32(n, memory, run);
    check_i64(n, memory, run), check_u64(n, memory, run), check_f64(n, memory, run);
}

TEST(few_numbers_of_all_types) {
    for (size_t n = 0; n < 40; n += 1 + n / 2)
        for (int i = 0; i < 4; i += 3) check_all(n, 0, &runs[i]);
}

TEST(pieces_of_all_types) { check_all(MANY, SMALL, &two); }

/* Around the size of a piece, 466,032 bytes, and with all numbers of threads. */
TEST(pieces_at_their_bounds) {
    for (size_t n = 58253; n <= 58255; n++) check_u64(n, SMALL, &two);
    for (int i = 0; i < 4; i++) check_f64(2 * 58254, SMALL, &runs[i]);
}

/* Pieces that do not overlap, and pieces of one number: rounds that use up one frame, or all. */
TEST(rising_falling_and_equal_pieces) {
    uint64_t *data = malloc(MANY * sizeof *data), *want = malloc(MANY * sizeof *want);
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_U64, .memory = SMALL};
    for (int kind = 0; kind < 3; kind++) {
        for (uint64_t i = 0; i < MANY; i++) data[i] = kind == 0 ? i : kind == 1 ? ~i : UINT64_MAX;
        memcpy(want, data, MANY * sizeof *data);
        REQUIRE(yoke_sort_u64_ref(want, MANY, YOKE_ASCENDING) == YOKE_OK);
        check_sorted(&sort, data, MANY * sizeof *data, want, MANY * sizeof *want, &two);
    }
    free(data), free(want);
}

/* ---- merging ---- */

static int merge(const yoke_numbers_sort *sort, const yoke_input *in, size_t count, content *got) {
    int output = make_output();
    int status = yoke_merge_numbers(sort, in, count, output, &two);
    *got = read_back(output);
    return status;
}

/* So many inputs: one takes each count-th number of those in order, or all of them one part. */
static void check_merged(size_t n, size_t count, bool dealt, bool unique) {
    int64_t *want = malloc((n + 1) * sizeof *want), *data = malloc((n + 1) * sizeof *data);
    yoke_input *in = malloc(count * sizeof *in);
    const yoke_numbers_sort sort = {
        .type = YOKE_NUMBERS_I64, .memory = SMALL, .unique = unique, .order = YOKE_DESCENDING};
    fill(want, n, sizeof *want);
    REQUIRE(yoke_sort_i64_ref(want, n, YOKE_DESCENDING) == YOKE_OK);
    for (size_t i = 0, at = 0; i < count; i++) {
        size_t begin = at;
        if (dealt)
            for (size_t k = i; k < n; k += count) data[at++] = want[k];
        else
            for (; at < (i + 1) * n / count; at++) data[at] = want[at];
        in[i] = memory_of(data + begin, (at - begin) * sizeof *data);
    }
    size_t left = unique ? drop_repeated((char *)want, n, sizeof *want) : n;
    content got;
    CU_ASSERT_EQUAL(merge(&sort, in, count, &got), YOKE_OK);
    CU_ASSERT_EQUAL(got.size, left * sizeof *want);
    CU_ASSERT(got.size == left * sizeof *want && memcmp(got.data, want, got.size) == 0);
    free(want), free(data), free(in), free(got.data);
}

/* Around the size of a block, 65,536 bytes, and with more inputs than are merged at a time. */
TEST(sorted_inputs_are_merged) {
    static const size_t sizes[] = {0, 1, 5, 8191, 8192, 8193, 16384, 3 * 8192 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t count = 1; count < 20; count += count < 4 ? 1 : 9)
            for (int how = 0; how < 4; how++) check_merged(sizes[i], count, how % 2, how / 2);
    check_merged(MANY, 3, true, false);
    check_merged(MANY, 9, false, true);
}

/* Within a block, at its first number, and between the first and the second of two inputs. */
TEST(inputs_that_are_not_sorted_are_refused) {
    static const size_t places[] = {1, 8191, 8192, 8193, 16383, 19999};
    enum { N = 20000 };
    uint64_t *data = malloc(N * sizeof *data);
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_U64, .memory = SMALL};
    for (uint64_t i = 0; i < N; i++) data[i] = i + 7;
    const yoke_input in[] = {memory_of(data, 8), memory_of(data, N * sizeof *data)};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char place[40];
        content got;
        data[places[i]] = 3;
        snprintf(place, sizeof place, ":%zu: disorder", places[i] + 1);
        CU_ASSERT_EQUAL(merge(&sort, in, 2, &got), YOKE_EDATA);
        CU_ASSERT(strstr(yoke_error_detail(), place) != NULL);
        data[places[i]] = places[i] + 7;
        free(got.data);
    }
    free(data);
}

/* ---- looking ---- */

static int look(const yoke_numbers_sort *sort, const void *data, size_t size, uint64_t *number) {
    yoke_input in = memory_of(data, size);
    return yoke_check_numbers(sort, &in, number, &two);
}

/* One number is out of place, or comes twice, around the bound of two blocks of 2^20 numbers. */
TEST(place_of_disorder) {
    enum { BLOCK = 1 << 20, N = BLOCK + 100 };
    static const size_t places[] = {1, BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, N - 1};
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_I64};
    const yoke_numbers_sort unique = {.type = YOKE_NUMBERS_I64, .unique = true};
    int64_t *data = malloc(N * sizeof *data);
    uint64_t number = 7;
    for (int64_t i = 0; i < N; i++) data[i] = 3 * i;
    CU_ASSERT_EQUAL(look(&unique, data, N * sizeof *data, &number), 1);
    CU_ASSERT_EQUAL(number, 7);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t at = places[i];
        data[at] = data[at - 1];
        CU_ASSERT_EQUAL(look(&sort, data, N * sizeof *data, &number), 1);
        CU_ASSERT_EQUAL(look(&unique, data, N * sizeof *data, &number), 0);
        CU_ASSERT_EQUAL(number, at + 1);
        data[at] = -1;
        CU_ASSERT_EQUAL(look(&sort, data, N * sizeof *data, &number), 0);
        CU_ASSERT_EQUAL(number, at + 1);
        data[at] = 3 * (int64_t)at;
    }
    free(data);
}

TEST(few_are_looked_at) {
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_F32, .order = YOKE_DESCENDING};
    const float falling[] = {3, 0, -0.0f, -1}, zeros[] = {-0.0f, 0};
    uint64_t number = 0;
    CU_ASSERT_EQUAL(look(&sort, NULL, 0, &number), 1);
    CU_ASSERT_EQUAL(look(&sort, falling, 4, &number), 1);
    CU_ASSERT_EQUAL(look(&sort, falling, sizeof falling, &number), 1);
    CU_ASSERT_EQUAL(look(&sort, zeros, sizeof zeros, &number), 0);
    CU_ASSERT_EQUAL(number, 2);
}

/* ---- failures ---- */

TEST(what_is_refused) {
    const uint64_t data[] = {1, 2};
    uint64_t number;
    const yoke_input good = memory_of(data, sizeof data), odd = memory_of(data, 9);
    const yoke_input missing = {.kind = YOKE_INPUT_PATH, .name = "/nowhere"};
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_U64};
    const yoke_numbers_sort no_type = {.type = (yoke_numbers_type)6};
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_numbers(NULL, &good, 1, output, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&no_type, &good, 1, output, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, NULL, 1, output, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, &odd, 1, output, NULL), YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_merge_numbers(&sort, NULL, 1, output, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_merge_numbers(&sort, &odd, 1, output, NULL), YOKE_EDATA);
    CU_ASSERT_EQUAL(yoke_merge_numbers(&sort, &missing, 1, output, NULL), YOKE_ENOENT);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, &missing, 1, output, NULL), YOKE_ENOENT);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, &good, 1, -1, NULL), YOKE_EIO);
    CU_ASSERT_EQUAL(yoke_check_numbers(&sort, NULL, &number, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_check_numbers(&sort, &good, NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_check_numbers(&no_type, &good, &number, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_check_numbers(&sort, &odd, &number, NULL), YOKE_EDATA);
    free(read_back(output).data);
}

/* Both the beginning of a number in one input and its end in the next. */
TEST(no_number_lies_in_two_inputs) {
    const uint64_t data[] = {1, 2};
    const yoke_input in[] = {memory_of(data, 4), memory_of(data, 12)};
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_U64};
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, in, 2, output, NULL), YOKE_EDATA);
    content got = read_back(output);
    CU_ASSERT_EQUAL(got.size, 0);
    free(got.data);
}

TEST(stops_when_it_is_told_to) {
    const uint64_t data[] = {2, 1};
    const yoke_input in = memory_of(data, sizeof data);
    const yoke_numbers_sort sort = {.type = YOKE_NUMBERS_U64};
    yoke_cancel *cancel;
    uint64_t number;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    const yoke_run canceled = {.cancel = cancel}, late = {.deadline = 1};
    int output = make_output();
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, &in, 1, output, &canceled), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(yoke_sort_numbers(&sort, &in, 1, output, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_merge_numbers(&sort, &in, 1, output, &late), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_check_numbers(&sort, &in, &number, &canceled), YOKE_ECANCELED);
    free(read_back(output).data);
    yoke_cancel_release(cancel);
}

/* In the region of a caller, whose team it joins. */
TEST(within_a_region) {
#pragma omp parallel num_threads(3)
#pragma omp single
    check_f64(MANY / 2, SMALL, NULL);
}
