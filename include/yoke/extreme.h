/* SPDX-License-Identifier: Apache-2.0
 *
 * The greatest or the least of the numbers that many threads note.
 *
 * Slots, progress and memory are those of yoke/counter.h: a note is a load and a compare of the
 * thread's own cell, and a store when it is a new extreme. A thread without a slot compares and
 * exchanges a shared cell; that is lock-free: it tries again when another note has raised the cell.
 *
 * Read contracts: relaxed and at_quiescence as for counters (a relaxed value is the extreme of all
 * notes that happened before and some of those that ran beside it, and never goes back); snapshot
 * is linearizable and blocks.
 */
#ifndef YOKE_EXTREME_H
#define YOKE_EXTREME_H

#include "yoke/counter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_extreme_kind { YOKE_EXTREME_MAX, YOKE_EXTREME_MIN } yoke_extreme_kind;

/* The inline functions alone use the members. A cell holds the number with some bits flipped, so
 * that the greater as uint64_t is the more extreme, and 0 stands for nothing noted. */
typedef struct yoke_extreme {
    yoke_counter *cells;
    uint64_t flip;
} yoke_extreme;

typedef struct yoke_extreme_options {
    yoke_extreme_kind kind;
    unsigned threads; /* slots; as in yoke_counter_options */
} yoke_extreme_options;

/* options may be NULL. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_extreme_create(const yoke_extreme_options *options, yoke_extreme **extreme);
/* NULL is legal. No thread may use it any more. */
YOKE_API void yoke_extreme_destroy(yoke_extreme *extreme);

/* The slow path of yoke_extreme_note. */
YOKE_API void yoke_extreme_note_shared(yoke_extreme *extreme, int64_t number);

/* Raises a cell that no other thread writes. */
/* NOLINTNEXTLINE(readability-non-const-parameter): it is stored to */
static inline void yoke_extreme_raise_(volatile uint64_t *cell, uint64_t value) {
    /* relaxed: as in yoke_counter_bump_. */
    if (value > __atomic_load_n(cell, __ATOMIC_RELAXED)) {
        __atomic_store_n(cell, value, __ATOMIC_RELAXED);
    }
}

/* Takes a number into account. Any thread; cannot fail. */
static inline void yoke_extreme_note(yoke_extreme *extreme, int64_t number) {
    yoke_counter *cells = extreme->cells;
    unsigned index = yoke_thread_number_ - 1; /* none: the greatest number */
    /* relaxed: as in yoke_counter_add_at. */
    if (__builtin_expect(
            index < __atomic_load_n((volatile unsigned *)&cells->threads, __ATOMIC_RELAXED), 1)) {
        yoke_extreme_raise_((uint64_t *)(cells->slots + index * cells->stride),
                            (uint64_t)number ^ extreme->flip);
    } else {
        yoke_extreme_note_shared(extreme, number);
    }
}

/* The extreme, by the contract in the name. INT64_MIN (of a MAX) or INT64_MAX (of a MIN) when
 * nothing, or nothing else, was noted. Any thread. */
YOKE_API int64_t yoke_extreme_read_relaxed(const yoke_extreme *extreme);
YOKE_API int64_t yoke_extreme_read_at_quiescence(const yoke_extreme *extreme);
/* Blocks as yoke_counter_snapshot does. YOKE_EUNSUPPORTED as there. */
YOKE_API int yoke_extreme_snapshot(yoke_extreme *extreme, int64_t *number);

#ifdef __cplusplus
}
#endif
#endif
