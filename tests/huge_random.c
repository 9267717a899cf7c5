/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge arrays of random numbers, across the place where the number of a block outgrows 32 bits;
 * samples of them.
 */
#include "tests/huge.h"
#include "yoke/sample.h"

static const yoke_random stream = {20, (uint64_t)1 << 33};

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_CHECK(T, type, name, kind)                                                          \
    static void check_##name(uint64_t first, const yoke_run *run) {                                \
        type *got = array(N);                                                                      \
        size_t wrong = 0;                                                                          \
        DONE(yoke_random_fill##kind##_##T(stream, first, got, N, run));                            \
        for (size_t i = 0; i < N; i++) {                                                           \
            type want = yoke_random##kind##_##T(stream, first + i);                                \
            wrong += memcmp(&got[i], &want, sizeof want) != 0;                                     \
        }                                                                                          \
        CU_ASSERT_EQUAL(wrong, 0);                                                                 \
        free(got);                                                                                 \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format off */
DEFINE_CHECK(u32, uint32_t, u32, )
DEFINE_CHECK(u64, uint64_t, u64, )
DEFINE_CHECK(f32, float, f32, )
DEFINE_CHECK(f64, double, f64, )
DEFINE_CHECK(f32, float, normal_f32, _normal)
DEFINE_CHECK(f64, double, normal_f64, _normal)
/* clang-format on */

/* Block 2^32 is in the middle: four numbers of 32 bits a block, two of 64. */
#define FOURS (((uint64_t)1 << 34) - N / 2)
#define TWOS  (((uint64_t)1 << 33) - N / 2)

TEST_WITH_LIMIT(fill_u32, MINUTES) { check_u32(FOURS, &two); }
TEST_WITH_LIMIT(fill_u64, MINUTES) { check_u64(TWOS, &three); }
TEST_WITH_LIMIT(fill_f32, MINUTES) { check_f32(FOURS, &three); }
TEST_WITH_LIMIT(fill_f64, MINUTES) { check_f64(TWOS, &two); }
TEST_WITH_LIMIT(fill_normal_f32, MINUTES) { check_normal_f32(TWOS, &two); }
TEST_WITH_LIMIT(fill_normal_f64, MINUTES) { check_normal_f64(TWOS, &three); }

/* Samples of item i = mix(i), at places beyond 32 bits: the same at any number of threads, each
 * item once, and the mean place where it belongs, within five standard errors. */
TEST_WITH_LIMIT(samples, MINUTES) {
    enum { K = 10000 };
    const uint64_t first = ((uint64_t)1 << 32) - N / 2;
    uint64_t *x = array(N), *items[2], *places[2], sum = 0;
    const yoke_run *runs[] = {&two, &three};
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++) x[i] = mix(first + i);
    for (int i = 0; i < 2; i++) {
        yoke_sample *sample;
        items[i] = array(K), places[i] = array(K);
        REQUIRE(yoke_sample_create(&(yoke_sample_options){K, sizeof *x, 1}, &sample) == YOKE_OK);
        DONE(yoke_sample_add_array(sample, first, x, N, runs[i]));
        CU_ASSERT_EQUAL(yoke_sample_items(sample, items[i], places[i]), K);
        yoke_sample_destroy(sample);
    }
    SAME(items[0], items[1], K);
    SAME(places[0], places[1], K);
    for (size_t i = 0; i < K; i++) {
        uint64_t place = places[0][i];
        wrong +=
            place - first >= N || items[0][i] != mix(place) || (i && places[0][i - 1] >= place);
        sum += place - first;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    double mean = (double)sum / K / N,
           error = 0.288675 / 100; /* of a uniform number, over root K */
    CU_ASSERT(mean > 0.5 - 5 * error && mean < 0.5 + 5 * error);
    for (int i = 0; i < 2; i++) free(items[i]), free(places[i]);
    free(x);
}
