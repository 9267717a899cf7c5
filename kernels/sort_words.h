/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting what does not fit a word: strings, lines with several keys. A record is a word and a
 * place. The word is the next piece of the record's key, in an order-preserving form, and the place
 * says, to whoever made the records, what the record stands for. Records are sorted by their words
 * alone; a run of equal words gets its next words loaded and is sorted by those, and so on (caching
 * multikey quicksort with words for characters, after Bentley and Sedgewick, SODA 1997, and Ng and
 * Kakehi 2007). So what a comparison looks at lies in the record, and a place is visited once a
 * word, in batches, instead of once a comparison.
 *
 * The sort is stable and its result does not depend on the number of threads.
 */
#ifndef YOKE_KERNELS_SORT_WORDS_H
#define YOKE_KERNELS_SORT_WORDS_H

#include "kernels/run.h"

#include <stdint.h>

typedef struct yoke__record {
    uint64_t word;
    uint64_t place; /* the caller's, but for the highest bit, which must be 0 */
} yoke__record;

/* Set in the place of a record that is equal to the one before it. */
#define YOKE__PLACE_EQUAL ((uint64_t)1 << 63)

/* A level says which piece of the key a word is: numbers of the caller's choice below
 * YOKE__LEVEL_COMPARE. */
#define YOKE__LEVEL_COMPARE ((uint32_t)1 << 31)
#define YOKE__LEVEL_END     UINT32_MAX

typedef struct yoke__words yoke__words;
struct yoke__words {
    /* Sets the words of n records, which are equal in all pieces before `level`. */
    void (*load)(const yoke__words *words, yoke__record *records, size_t n, uint32_t level);
    /* Begins to bring what a place stands for into the cache. */
    void (*fetch)(const yoke__words *words, uint64_t place);
    /* The level after one in which records have this word in common. YOKE__LEVEL_END: they are
     * equal. With YOKE__LEVEL_COMPARE added: go on with compare. */
    uint32_t (*next)(const yoke__words *words, uint32_t level, uint64_t word);
    /* Compares two places in all pieces from `level` on: below, equal to or above 0. */
    int (*compare)(const yoke__words *words, uint64_t a, uint64_t b, uint32_t level);
    bool mark; /* whether equal records are marked with YOKE__PLACE_EQUAL */
};

/* Sorts n records whose words are those of level 0, in parallel. `spare` holds n records too; its
 * contents are lost. The functions are called by several threads at the same time. YOKE_ENOMEM, or
 * what yoke__run_check says; the records are then of no more use. */
int yoke__sort_words(const yoke__words *words, yoke__record *records, yoke__record *spare, size_t n,
                     const yoke_run *run);

/* The same on the calling thread, for records that are equal in all pieces before `level`; their
 * words are those of that level. */
void yoke__sort_words_serial(const yoke__words *words, yoke__record *records, yoke__record *spare,
                             size_t n, uint32_t level, int depth);

/* For records that have the words of `level` in common. */
void yoke__sort_words_equal(const yoke__words *words, yoke__record *records, yoke__record *spare,
                            size_t n, uint32_t level, int depth);

#endif
