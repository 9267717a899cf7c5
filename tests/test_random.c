/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <math.h>
#include <string.h>

#include "tests/each_run.h"
#include "yoke/random.h"

enum { MOST = 1 << 18 };

/* The vectors that Random123 publishes with its code. */
TEST(known_answers) {
    static const struct {
        uint32_t counter[4], key[2], to[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t to[4];
        yoke_philox(known[i].counter, known[i].key, to);
        for (int w = 0; w < 4; w++) CU_ASSERT_EQUAL(to[w], known[i].to[w]);
    }
}

TEST(numbers_are_known_by_their_place) {
    yoke_random random = {0xa4093822299f31d0, 0x0370734413198a2e};
    uint32_t to[4];
    yoke_random_block(random, 0x85a308d3243f6a88, to);
    const uint32_t key[2] = {0x299f31d0, 0xa4093822};
    const uint32_t counter[4] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
    uint32_t words[4];
    yoke_philox(counter, key, words);
    CU_ASSERT(!memcmp(to, words, sizeof to));
    yoke_random_block(random, 5, to);
    CU_ASSERT_EQUAL(yoke_random_u32(random, 22), to[2]);
    CU_ASSERT_EQUAL(yoke_random_u64(random, 11), to[2] | (uint64_t)to[3] << 32);
    CU_ASSERT_EQUAL(yoke_random_f32(random, 22), (float)(to[2] >> 8) / 16777216);
}

typedef struct piece {
    yoke_random random;
    uint64_t first;
    size_t n;
} piece;

static uint64_t memory[MOST], expected[MOST];

#define CHECK_FILL(name, type, fill)                                                               \
    static void fill_##name(const yoke_run *run, void *ctx) {                                      \
        const piece *p = ctx;                                                                      \
        __typeof__(type) *to = (void *)memory;                                                     \
        __typeof__(type) *ref = (void *)expected;                                                  \
        memset(memory, 0xA5, (p->n + 1) * sizeof *to);                                             \
        CU_ASSERT_EQUAL(fill(p->random, p->first, to, p->n, run), YOKE_OK);                        \
        fill##_ref(p->random, p->first, ref, p->n);                                                \
        CU_ASSERT(!memcmp(to, ref, p->n * sizeof *to));                                            \
        for (size_t i = 0; i < sizeof *to; i++)                                                    \
            CU_ASSERT_EQUAL(((unsigned char *)&to[p->n])[i], 0xA5);                                \
    }
CHECK_FILL(u32, uint32_t, yoke_random_fill)
CHECK_FILL(u64, uint64_t, yoke_random_fill)
CHECK_FILL(f32, float, yoke_random_fill)
CHECK_FILL(f64, double, yoke_random_fill)
CHECK_FILL(normal_f32, float, yoke_random_fill_normal)
CHECK_FILL(normal_f64, double, yoke_random_fill_normal)

typedef void each_fn(each_run_fn *check, void *ctx);

static void check_piece(each_fn *each, piece p) {
    each(fill_u32, &p);
    each(fill_u64, &p);
    each(fill_f32, &p);
    each(fill_f64, &p);
    each(fill_normal_f32, &p);
    each(fill_normal_f64, &p);
}

TEST(fills_as_single_numbers) {
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 63, 64, 65, 511, 512, 513, 1023, 1024, 1025};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t first = 0; first < 4; first++)
            check_piece(each_isa, (piece){{test_random(), i}, first, sizes[i]});
}

TEST(fills_several_blocks) {
    check_piece(each_run, (piece){{test_random(), test_random()}, 0, 70000});
}

TEST(fills_from_far_on) {
    check_piece(each_run, (piece){{test_random(), 1}, test_random() >> 1, 140000});
}

TEST(fills_up_to_the_end_of_a_stream) {
    check_piece(each_run, (piece){{1, 2}, UINT64_MAX - 99, 100});
    CU_ASSERT_EQUAL(
        yoke_random_fill_u32((yoke_random){1, 2}, UINT64_MAX - 99, (uint32_t *)memory, 101, NULL),
        YOKE_EINVAL);
}

TEST(uniform_numbers_look_uniform) {
    enum { N = 200000, BINS = 100 };
    double *x = (double *)memory, chi = 0;
    size_t counts[BINS] = {0};
    REQUIRE(yoke_random_fill_f64((yoke_random){7, 0}, 0, x, N, NULL) == YOKE_OK);
    for (size_t i = 0; i < N; i++) {
        REQUIRE(x[i] >= 0 && x[i] < 1);
        counts[(size_t)(x[i] * BINS)]++;
    }
    for (size_t i = 0; i < BINS; i++) {
        double off = (double)counts[i] - (double)N / BINS;
        chi += off * off / ((double)N / BINS);
    }
    CU_ASSERT(chi > 99 - 6 * 14.1 && chi < 99 + 6 * 14.1); /* mean 99, deviation sqrt(198) */
}

TEST(normal_numbers_look_normal) {
    enum { N = 200000 };
    double *x = (double *)memory, sum = 0, squares = 0, fourth = 0, within = 0, together = 0;
    REQUIRE(yoke_random_fill_normal_f64((yoke_random){8, 0}, 0, x, N, NULL) == YOKE_OK);
    for (size_t i = 0; i < N; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        fourth += x[i] * x[i] * x[i] * x[i];
        within += fabs(x[i]) < 1;
        if (i % 2) together += x[i] * x[i - 1];
    }
    CU_ASSERT(fabs(sum / N) < 6 / sqrt(N));
    CU_ASSERT(fabs(squares / N - 1) < 6 * sqrt(2.0 / N));
    CU_ASSERT(fabs(fourth / N - 3) < 6 * sqrt(96.0 / N));
    CU_ASSERT(fabs(within / N - 0.682689) < 6 * sqrt(0.2166 / N));
    CU_ASSERT(fabs(together / N * 2) < 6 / sqrt(N / 2.0));
}

TEST(seeds_and_streams_differ) {
    size_t same = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t a = yoke_random_u64((yoke_random){1, 0}, i);
        same += a == yoke_random_u64((yoke_random){2, 0}, i);
        same += a == yoke_random_u64((yoke_random){1, 1}, i);
        same += a == yoke_random_u64((yoke_random){1, 0}, i + 1);
    }
    CU_ASSERT_EQUAL(same, 0);
}

TEST(refuses_and_stops) {
    yoke_random random = {0, 0};
    CU_ASSERT_EQUAL(yoke_random_fill_f64(random, 0, NULL, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_random_fill_f64(random, 0, NULL, 0, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(
        yoke_random_fill_f64(random, 0, (double *)memory, 1, &(yoke_run){.threads = -1}),
        YOKE_EINVAL);
    CU_ASSERT_EQUAL(
        yoke_random_fill_f64(random, 0, (double *)memory, MOST, &(yoke_run){.deadline = 1}),
        YOKE_ETIMEDOUT);
}
