/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether keys are sorted: neighbours are compared, many at a time, and everybody stops at the
 * first that fall. What is compared is little, so the memory decides: the lines of cache some way
 * ahead are asked for, a few at a time, since many at once would fill the queues and stall.
 */
#include "kernels/sort_typed.h"
#include "yoke/isa.h"

enum {
    BLOCK = 1 << 15,
    STEP = 1 << 10,   /* keys between looks at what others have found */
    FETCHED = 1 << 9, /* bytes that are asked for together */
    AHEAD = 1 << 13,  /* so far ahead */
    LINE = 64,
};

/* One stream alone does not keep the memory busy. What lies behind the array is not touched, only
 * asked for. */
static inline void fetch_ahead(const void *keys) {
    for (size_t i = 0; i < FETCHED; i += LINE) __builtin_prefetch((const char *)keys + AHEAD + i);
}

/* ---- n pairs of neighbours, for each set of instructions ---- */

#define DEFINE_FALLS(bits, isa, target)                                                            \
    target static bool falls##bits##_##isa(const void *keys, size_t n, yoke__ranking r) {          \
        const yoke__bits##bits *k = keys;                                                          \
        uint##bits##_t falls = 0;                                                                  \
        for (size_t begin = 0, end; begin < n; begin = end) {                                      \
            end = n - begin < FETCHED / sizeof *k ? n : begin + FETCHED / sizeof *k;               \
            fetch_ahead(k + begin);                                                                \
            for (size_t i = begin; i < end; i++)                                                   \
                falls |= yoke__rank##bits(k[i], r) > yoke__rank##bits(k[i + 1], r);                \
        }                                                                                          \
        return falls;                                                                              \
    }
#if defined __x86_64__
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
DEFINE_FALLS(32, avx512, AVX512)
DEFINE_FALLS(64, avx512, AVX512)
DEFINE_FALLS(32, avx2, AVX2)
DEFINE_FALLS(64, avx2, AVX2)
#endif
DEFINE_FALLS(32, plain, )
DEFINE_FALLS(64, plain, )

typedef bool falls_fn(const void *keys, size_t n, yoke__ranking r);

static falls_fn *falls_in_use(int key_size) {
#if defined __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa >= YOKE_ISA_AVX512) return key_size == 4 ? falls32_avx512 : falls64_avx512;
    if (isa >= YOKE_ISA_AVX2) return key_size == 4 ? falls32_avx2 : falls64_avx2;
#endif
    return key_size == 4 ? falls32_plain : falls64_plain;
}

/* ---- all ---- */

typedef struct look {
    const char *keys;
    size_t key_size;
    yoke__ranking ranking;
    falls_fn *falls;
    atomic_bool found; /* a key that comes before its predecessor */
} look;

static int look_at_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    look *l = ctx;
    (void)index, (void)member;
    for (size_t at = begin; at < end; at += STEP) {
        /* relaxed: only true is ever stored, and what it means is read after the team's end. */
        if (atomic_load_explicit(&l->found, memory_order_relaxed)) return YOKE_OK;
        size_t n = end - at < STEP ? end - at : STEP;
        if (l->falls(l->keys + at * l->key_size, n, l->ranking))
            atomic_store_explicit(&l->found, true, memory_order_relaxed);
    }
    return YOKE_OK;
}

int yoke__sort_is_sorted(const yoke__sort_arrays *a, bool *sorted, const yoke_run *run) {
    look l = {.keys = a->keys, .key_size = (size_t)a->key_size, .ranking = a->ranking};
    l.falls = falls_in_use(a->key_size);
    YOKE_TRY(yoke__run_check(run));
    if (a->n > 1) YOKE_TRY(yoke__run_blocks(run, a->n - 1, BLOCK, look_at_block, &l));
    *sorted = !atomic_load(&l.found);
    return YOKE_OK;
}
