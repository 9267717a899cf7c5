/* SPDX-License-Identifier: Apache-2.0
 *
 * How many different items there are: a sketch of a stream in little memory, and the exact number
 * of an array.
 *
 * The sketch is HyperLogLog (Flajolet et al., AofA 2007) with 2^p registers, and Ertl's estimator
 * ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which needs no
 * corrections by experience. While there are few items it keeps their hashes, shortened to 25 bits
 * and a run of zeros (the sparse form of Heule, Nunkesser and Hall, EDBT 2013). The standard error
 * is 1.04 / 2^(p / 2), somewhat more below p = 6: 0.8 % with p = 14, in 16 KiB; below some thousand
 * items nearly none.
 *
 * A sketch depends on the set of items only: not on their order, on repetitions, or on how they
 * were dealt to sketches that were merged. Hashes are the same on all machines and in all versions.
 * They are no secret: give a seed where somebody could choose items to deceive. One thread at a
 * time may use a sketch, or several may read it.
 */
#ifndef YOKE_DISTINCT_H
#define YOKE_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"
#include "yoke/typed.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_distinct yoke_distinct;

typedef struct yoke_distinct_options {
    int precision; /* p, 4 to 18; 0: 14 */
    uint64_t seed;
} yoke_distinct_options;

/* An empty sketch, of 3 * 2^p bytes at most. NULL options: all defaults. YOKE_EINVAL, YOKE_ENOMEM.
 */
YOKE_API int yoke_distinct_create(const yoke_distinct_options *options, yoke_distinct **distinct);
YOKE_API void yoke_distinct_destroy(yoke_distinct *distinct); /* NULL is legal */

/* Adds an item: a number, or bytes (a key of 8 bytes is not the number of the same bytes). Does not
 * fail. */
YOKE_API void yoke_distinct_add(yoke_distinct *distinct, uint64_t item);
YOKE_API void yoke_distinct_add_bytes(yoke_distinct *distinct, const void *item, size_t size);
/* Adds n numbers. Fails as any kernel does (yoke/run.h) and with YOKE_ENOMEM; then some of them may
 * have been added. yoke_distinct_add, number after number, is the reference of
 * yoke_distinct_add_array: the sketch has the same bytes. */
YOKE_API int yoke_distinct_add_array(yoke_distinct *distinct, const uint64_t *items, size_t n,
                                     const yoke_run *run);
/* Adds all that was added to `from`. YOKE_EINVAL when precisions or seeds differ. */
YOKE_API int yoke_distinct_merge(yoke_distinct *into, const yoke_distinct *from);

/* About how many different items were added. */
YOKE_API double yoke_distinct_count(const yoke_distinct *distinct);

/* A sketch as bytes, the same on all machines: how many, and writing so many. */
YOKE_API size_t yoke_distinct_size(const yoke_distinct *distinct);
YOKE_API void yoke_distinct_write(const yoke_distinct *distinct, void *bytes);
/* A sketch from bytes. YOKE_EDATA when they are not what was written, YOKE_ENOMEM. */
YOKE_API int yoke_distinct_read(const void *bytes, size_t size, yoke_distinct **distinct);

/* The exact number for an array, by sorting a copy. Items are told apart by ==, but a NaN equals
 * the NaNs of the same bits. YOKE_EINVAL, YOKE_ENOMEM, and as any kernel. The reference compares
 * each item with all before it, and returns the number. */
#define YOKE_DISTINCT_DECLARE_(T, type, wide)                                                      \
    YOKE_API int yoke_distinct_exact_##T(const type *items, size_t n, size_t *count,               \
                                         const yoke_run *run);                                     \
    YOKE_API size_t yoke_distinct_exact_##T##_ref(const type *items, size_t n);
YOKE_TYPES(YOKE_DISTINCT_DECLARE_)
#define yoke_distinct_exact(items, ...)   YOKE_TYPED(yoke_distinct_exact, items)(items, __VA_ARGS__)
#define yoke_distinct_exact_ref(items, n) YOKE_TYPED_REF(yoke_distinct_exact, items)(items, n)

#ifdef __cplusplus
}
#endif
#endif
