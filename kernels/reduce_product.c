/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact products: a product of few limbs for each member, merged at the end, and rounded if what
 * was cut off cannot decide how; else all is done again with twice the limbs (Ziv, "Fast evaluation
 * of elementary mathematical functions with correctly rounded last bit", 1991). It ends at the
 * latest when all bits of the factors have room.
 */
#include "kernels/product.h"
#include "kernels/reduce.h"
#include "yoke/memory.h"

typedef struct job {
    const void *x;
    void (*multiply)(yoke__product *p, const void *x, size_t begin, size_t end);
    char *memory;
    size_t stride;
} job;

static yoke__product *product_of(const job *j, size_t member) {
    return (yoke__product *)(j->memory + member * j->stride);
}

static int multiply_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const job *j = ctx;
    (void)index;
    j->multiply(product_of(j, (size_t)member), j->x, begin, end);
    return YOKE_OK;
}

static void multiply_f64(yoke__product *p, const void *x, size_t begin, size_t end) {
    yoke__product_multiply_f64(p, (const double *)x + begin, end - begin);
}
static void multiply_f32(yoke__product *p, const void *x, size_t begin, size_t end) {
    yoke__product_multiply_f32(p, (const float *)x + begin, end - begin);
}

/* One try in the memory of the job. */
static int multiply_all(const job *j, size_t n, size_t limbs, size_t grain, bool *decided,
                        double *result, const yoke_run *run) {
    size_t members = (size_t)yoke__run_members(run, yoke__block_count(n, grain));
    for (size_t i = 0; i < members; i++) {
        yoke__product *p = product_of(j, i);
        yoke__product_begin(p, limbs, (uint64_t *)(p + 1));
    }
    YOKE_TRY(yoke__run_blocks(run, n, grain, multiply_block, (void *)j));
    uint64_t *room = (uint64_t *)(j->memory + members * j->stride);
    for (size_t i = 1; i < members; i++)
        yoke__product_merge(product_of(j, 0), product_of(j, i), room);
    *decided = yoke__product_value(product_of(j, 0), result);
    return YOKE_OK;
}

static int try_limbs(job *j, size_t n, size_t limbs, bool *decided, double *result,
                     const yoke_run *run) {
    size_t grain = yoke__free_size(yoke__reduce_grain(n)), own = limbs * sizeof(uint64_t), size;
    size_t members = (size_t)yoke__run_members(run, yoke__block_count(n, grain));
    yoke__work work;
    j->stride =
        (sizeof(yoke__product) + own + YOKE_CACHE_PAD - 1) / YOKE_CACHE_PAD * YOKE_CACHE_PAD;
    if (__builtin_mul_overflow(members, j->stride, &size) ||
        __builtin_add_overflow(size, 2 * own, &size))
        return yoke_fail(YOKE_ENOMEM, "no memory for %zu products of %zu limbs", members, limbs);
    YOKE_TRY(yoke__work_open(&work, run, size));
    j->memory = work.memory;
    int status = multiply_all(j, n, limbs, grain, decided, result, run);
    yoke__work_close(&work);
    return status;
}

static int multiply(job *j, size_t n, double *result, const yoke_run *run) {
    size_t most = n / 64 * 53 + 53 + 1; /* hold all bits of n factors */
    bool decided = false;
    double product = 0;
    YOKE_TRY(yoke__run_check(run));
    for (size_t limbs = 2; !decided; limbs = 2 * limbs < most ? 2 * limbs : most)
        YOKE_TRY(try_limbs(j, n, limbs, &decided, &product, run));
    *result = product;
    return YOKE_OK;
}

int yoke__exact_product_f64(const double *x, size_t n, double *result, const yoke_run *run) {
    YOKE__KERNEL;
    return multiply(&(job){.x = x, .multiply = multiply_f64}, n, result, run);
}

int yoke__exact_product_f32(const float *x, size_t n, double *result, const yoke_run *run) {
    YOKE__KERNEL;
    return multiply(&(job){.x = x, .multiply = multiply_f32}, n, result, run);
}
