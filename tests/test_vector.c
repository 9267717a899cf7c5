/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops over vectors against their references.
 */
#include "yoke/vector.h"

#include "tests/kernel_use.h"

typedef struct vectors {
    size_t n, shift; /* `to` begins so many items behind a boundary */
    double *a, *b, *c, *to, *expected;
    float *fa, *fb, *fc, *fto, *fexpected;
} vectors;

#define CHECK(call, reference)                                                                     \
    do {                                                                                           \
        memcpy(to, v->a, n * sizeof *to);                                                          \
        memcpy(expected, v->a, n * sizeof *to);                                                    \
        CU_ASSERT_EQUAL(call, YOKE_OK);                                                            \
        reference;                                                                                 \
        CU_ASSERT(kernel_same_f64(to, expected, n));                                               \
    } while (0)

static void check_f64(void *ctx, const yoke_run *run) {
    const vectors *v = ctx;
    size_t n = v->n;
    double q = 1.75, *to = v->to + v->shift, *expected = v->expected, *a = v->a, *b = v->b;
    CHECK(yoke_vector_copy(to, b, n, run), yoke_vector_copy_f64_ref(expected, b, n));
    CHECK(yoke_vector_scale(to, q, b, n, run), yoke_vector_scale_f64_ref(expected, q, b, n));
    CHECK(yoke_vector_add(to, a, b, n, run), yoke_vector_add_f64_ref(expected, a, b, n));
    CHECK(yoke_vector_triad(to, a, q, b, n, run), yoke_vector_triad_f64_ref(expected, a, q, b, n));
    CHECK(yoke_vector_triad_nt(to, a, q, b, n, run),
          yoke_vector_triad_f64_ref(expected, a, q, b, n));
    CHECK(yoke_vector_update(to, a, q, b, n, run),
          yoke_vector_update_f64_ref(expected, a, q, b, n));
    CHECK(yoke_vector_multiply_add(to, a, b, v->c, n, run),
          yoke_vector_multiply_add_f64_ref(expected, a, b, v->c, n));
    CHECK(yoke_vector_multiply_add(to, a, b, to, n, run),
          yoke_vector_multiply_add_f64_ref(expected, a, b, expected, n));
    /* the result over an operand */
    CHECK(yoke_vector_scale(to, q, to, n, run),
          yoke_vector_scale_f64_ref(expected, q, expected, n));
    CHECK(yoke_vector_triad(to, b, q, to, n, run),
          yoke_vector_triad_f64_ref(expected, b, q, expected, n));
    CHECK(yoke_vector_triad_nt(to, to, q, b, n, run),
          yoke_vector_triad_f64_ref(expected, expected, q, b, n));
    CHECK(yoke_vector_update(to, to, q, to, n, run),
          yoke_vector_update_f64_ref(expected, expected, q, expected, n));
}

#undef CHECK
#define CHECK(call, reference)                                                                     \
    do {                                                                                           \
        memcpy(to, v->fa, n * sizeof *to);                                                         \
        memcpy(expected, v->fa, n * sizeof *to);                                                   \
        CU_ASSERT_EQUAL(call, YOKE_OK);                                                            \
        reference;                                                                                 \
        CU_ASSERT(kernel_same_f32(to, expected, n));                                               \
    } while (0)

static void check_f32(void *ctx, const yoke_run *run) {
    const vectors *v = ctx;
    size_t n = v->n;
    float q = -0.3f, *to = v->fto + v->shift, *expected = v->fexpected, *a = v->fa, *b = v->fb;
    CHECK(yoke_vector_copy(to, b, n, run), yoke_vector_copy_f32_ref(expected, b, n));
    CHECK(yoke_vector_scale(to, q, b, n, run), yoke_vector_scale_f32_ref(expected, q, b, n));
    CHECK(yoke_vector_add(to, a, b, n, run), yoke_vector_add_f32_ref(expected, a, b, n));
    CHECK(yoke_vector_triad(to, a, q, b, n, run), yoke_vector_triad_f32_ref(expected, a, q, b, n));
    CHECK(yoke_vector_triad_nt(to, a, q, b, n, run),
          yoke_vector_triad_f32_ref(expected, a, q, b, n));
    CHECK(yoke_vector_update(to, a, q, b, n, run),
          yoke_vector_update_f32_ref(expected, a, q, b, n));
    CHECK(yoke_vector_multiply_add(to, a, b, v->fc, n, run),
          yoke_vector_multiply_add_f32_ref(expected, a, b, v->fc, n));
}

static void check_length(size_t n, size_t shift) {
    vectors v = {.n = n, .shift = shift};
    v.a = kernel_numbers_f64(n), v.b = kernel_numbers_f64(n);
    v.c = kernel_numbers_f64(n), v.fc = kernel_numbers_f32(n);
    v.to = kernel_numbers_f64(n + shift), v.expected = kernel_numbers_f64(n);
    v.fa = kernel_numbers_f32(n), v.fb = kernel_numbers_f32(n);
    v.fto = kernel_numbers_f32(n + shift), v.fexpected = kernel_numbers_f32(n);
    v.to[n + shift] = 12345, v.fto[n + shift] = 12345;
    kernel_each(check_f64, &v);
    kernel_each(check_f32, &v);
    CU_ASSERT_EQUAL(v.to[n + shift], 12345); /* nothing behind the end is touched */
    CU_ASSERT_EQUAL(v.fto[n + shift], 12345);
    free(v.a), free(v.b), free(v.to), free(v.expected);
    free(v.fa), free(v.fb), free(v.fto), free(v.fexpected);
    free(v.c), free(v.fc);
}

TEST(short_vectors) {
    for (size_t n = 0; n < 70; n++) check_length(n, n % 5);
}

TEST(around_the_bounds_of_blocks) {
    check_length((1 << 15) - 1, 1);
    check_length(1 << 15, 0);
    check_length((1 << 15) + 1, 3);
    check_length(5 * (1 << 15) + 17, 2);
}

TEST(vectors_that_lie_across_are_refused) {
    double x[40] = {0};
    CU_ASSERT_EQUAL(yoke_vector_copy(x, x + 1, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_vector_copy(x + 19, x, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_vector_copy(x + 20, x, 20, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_vector_add(x, x, x + 5, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_vector_add(x, x + 5, x, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_vector_triad_nt(x + 7, x, 1.0, x + 7, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_vector_multiply_add(x, x, x, x + 1, 20, NULL), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "the result lies across an operand");
    CU_ASSERT_EQUAL(yoke_vector_copy(x, x + 1, SIZE_MAX / 4, NULL), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_vector_copy((double *)NULL, NULL, 0, NULL), YOKE_OK);
}

static int triad(const yoke_run *run) {
    static double to[3], a[3], b[3];
    return yoke_vector_triad(to, a, 2.0, b, 3, run);
}

TEST(stops_and_refuses) { kernel_refuses(triad); }

TEST(works_inside_a_region) {
    enum { N = 300000 };
    double *a = kernel_numbers_f64(N), *b = kernel_numbers_f64(N);
    double *to = kernel_numbers_f64(N), *expected = kernel_numbers_f64(N);
    int status = -1;
#pragma omp parallel num_threads(3)
#pragma omp single
    status = yoke_vector_triad(to, a, 0.1, b, N, NULL);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    yoke_vector_triad_f64_ref(expected, a, 0.1, b, N);
    CU_ASSERT(kernel_same_f64(to, expected, N));
    free(a), free(b), free(to), free(expected);
}
