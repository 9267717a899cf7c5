/* SPDX-License-Identifier: Apache-2.0
 *
 * The sorts of keys and pairs by their names. What is sorted already is left as it is.
 */
#include "kernels/sort_typed.h"

#include <string.h>

#include "yoke/memory.h"

enum { BLOCK = 1 << 15 };

/* ---- the choice ---- */

static int number_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const yoke__sort_arrays *a = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) {
        if (a->value_size == 4)
            ((uint32_t *)a->values_out)[i] = (uint32_t)i;
        else
            ((uint64_t *)a->values_out)[i] = i;
    }
    return YOKE_OK;
}

int yoke__sort_arrays_run(const yoke__sort_arrays *a, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    bool sorted;
    YOKE_TRY(yoke__sort_is_sorted(a, &sorted, run));
    if (sorted && a->index) return yoke__run_blocks(run, a->n, BLOCK, number_block, (void *)a);
    if (sorted) return YOKE_OK;
    if (!a->value_size) return (a->key_size == 4 ? yoke__sort_keys32 : yoke__sort_keys64)(a, run);
    bool small = a->key_size == 4 && a->value_size == 4;
    return (small ? yoke__sort_pairs32 : yoke__sort_pairs64)(a, run);
}

int yoke__sort_order_check(yoke_sort_order order) {
    if ((unsigned)order <= YOKE_DESCENDING) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "sort: there is no order %d", (int)order);
}

/* ---- values of any size ---- */

typedef struct fetch {
    const uint64_t *index;
    const char *from;
    char *to;
    size_t size;
} fetch;

static int fetch_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const fetch *f = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++)
        memcpy(f->to + i * f->size, f->from + f->index[i] * f->size, f->size);
    return YOKE_OK;
}

static int copy_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const fetch *f = ctx;
    (void)index, (void)member;
    memcpy(f->to + begin * f->size, f->from + begin * f->size, (end - begin) * f->size);
    return YOKE_OK;
}

/* Values follow the index: fetched to a copy, and copied back. */
static int fetch_values(void *values, const fetch *f, size_t n, const yoke_run *run) {
    fetch back = {.from = f->to, .to = values, .size = f->size};
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK / 8, fetch_block, (void *)f));
    return yoke__run_blocks(run, n, BLOCK / 8, copy_block, &back);
}

static int sort_by_index(yoke__sort_arrays *a, void *values, size_t size, const yoke_run *run) {
    size_t bytes;
    if (__builtin_mul_overflow(a->n, size > 8 ? size : 8, &bytes) || bytes > PTRDIFF_MAX)
        return yoke_fail(YOKE_ENOMEM, "sort: %zu values of %zu bytes are too many", a->n, size);
    uint64_t *index = yoke_aligned_alloc(a->n * sizeof *index + 1);
    char *copy = yoke_aligned_alloc(a->n * size + 1);
    int status = index && copy ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for values");
    a->values_out = index, a->value_size = 8, a->index = true;
    if (status == YOKE_OK) status = yoke__sort_arrays_run(a, run);
    fetch f = {.index = index, .from = values, .to = copy, .size = size};
    if (status == YOKE_OK) status = fetch_values(values, &f, a->n, run);
    yoke_aligned_free(index);
    yoke_aligned_free(copy);
    return status;
}

int yoke__sort_pairs(yoke__sort_arrays *a, void *values, size_t size, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (!size) return yoke_fail(YOKE_EINVAL, "sort: values of no bytes");
    if (size != 4 && size != 8) return sort_by_index(a, values, size, run);
    a->values = a->values_out = values;
    a->value_size = (int)size;
    return yoke__sort_arrays_run(a, run);
}

/* ---- names ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_KEYS(T, type, kind)                                                                 \
    int yoke_sort_##T(type *keys, size_t n, yoke_sort_order order, const yoke_run *run) {          \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        a.keys_out = keys;                                                                         \
        return yoke__told(yoke__sort_arrays_run(&a, run), run, "yoke_sort_" #T, keys,              \
                          n * sizeof *keys);                                                       \
    }                                                                                              \
    int yoke_is_sorted_##T(const type *keys, size_t n, yoke_sort_order order, bool *sorted,        \
                           const yoke_run *run) {                                                  \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        return yoke__sort_is_sorted(&a, sorted, run);                                              \
    }
#define DEFINE_PAIRS(T, type, kind)                                                                \
    int yoke_sort_pairs_##T(type *keys, void *values, size_t size, size_t n,                       \
                            yoke_sort_order order, const yoke_run *run) {                          \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        a.keys_out = keys;                                                                         \
        int status = yoke__told(yoke__sort_pairs(&a, values, size, run), run,                      \
                                "yoke_sort_pairs_" #T, keys, n * sizeof *keys);                    \
        return yoke__told(status, run, "yoke_sort_pairs_" #T, values, n * size);                   \
    }
#define DEFINE_ARGSORT(T, type, kind, name, index_type)                                            \
    int name##_##T(const type *keys, size_t n, yoke_sort_order order, index_type *index,           \
                   const yoke_run *run) {                                                          \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        if (n && n - 1 > (index_type)-1) return yoke_fail(YOKE_EINVAL, "sort: too many keys");     \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        a.values_out = index, a.value_size = sizeof *index, a.index = true;                        \
        return yoke__told(yoke__sort_arrays_run(&a, run), run, #name "_" #T, index,                \
                          n * sizeof *index);                                                      \
    }
#define DEFINE_SOME(T, type, kind)                                                                 \
    int yoke_nth_##T(type *keys, size_t n, size_t nth, yoke_sort_order order,                      \
                     const yoke_run *run) {                                                        \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        size_t less;                                                                               \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        a.keys_out = keys;                                                                         \
        int status = yoke__sort_nth(&a, nth, &less, run);                                          \
        YOKE__TELL(status, run, "yoke_nth_" #T, &keys[nth], sizeof *keys);                         \
        return status;                                                                             \
    }                                                                                              \
    int yoke_partial_sort_##T(type *keys, size_t n, size_t count, yoke_sort_order order,           \
                              const yoke_run *run) {                                               \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        a.keys_out = keys;                                                                         \
        return yoke__told(yoke__sort_partly(&a, count, run), run, "yoke_partial_sort_" #T, keys,   \
                          count * sizeof *keys);                                                   \
    }                                                                                              \
    int yoke_top_##T(const type *keys, size_t n, size_t count, yoke_sort_order order, type *top,   \
                     const yoke_run *run) {                                                        \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, n, kind, order);                                        \
        return yoke__told(yoke__sort_top(&a, count, top, run), run, "yoke_top_" #T, top,           \
                          (count < n ? count : n) * sizeof *top);                                  \
    }
#define DEFINE_SEGMENTS(T, type, kind)                                                             \
    int yoke_sort_segments_##T(type *keys, const size_t *offsets, size_t count,                    \
                               yoke_sort_order order, const yoke_run *run) {                       \
        YOKE__KERNEL;                                                                              \
        YOKE_TRY(yoke__sort_order_check(order));                                                   \
        yoke__sort_arrays a = ARRAYS(keys, 0, kind, order);                                        \
        a.keys_out = keys;                                                                         \
        int status = yoke__sort_segments(&a, offsets, count, run);                                 \
        if (count)                                                                                 \
            YOKE__TELL(status, run, "yoke_sort_segments_" #T, keys + offsets[0],                   \
                       (offsets[count] - offsets[0]) * sizeof *keys);                              \
        return status;                                                                             \
    }
#define DEFINE(T, type, kind)                                                                      \
    DEFINE_KEYS(T, type, kind)                                                                     \
    DEFINE_PAIRS(T, type, kind)                                                                    \
    DEFINE_SOME(T, type, kind)                                                                     \
    DEFINE_SEGMENTS(T, type, kind)                                                                 \
    DEFINE_ARGSORT(T, type, kind, yoke_argsort, uint64_t)                                          \
    DEFINE_ARGSORT(T, type, kind, yoke_argsort32, uint32_t)
/* NOLINTEND(bugprone-macro-parentheses) */
YOKE__SORT_EACH_TYPE(DEFINE)
