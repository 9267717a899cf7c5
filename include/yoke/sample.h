/* SPDX-License-Identifier: Apache-2.0
 *
 * A uniform sample of k items of a stream, without replacement, in memory for k items.
 *
 * Each item has an index, its place in the whole; a priority is a random number by seed and index
 * (yoke/random.h), and the k least are kept. So a sample is a function of seed and items only: it
 * is the same at any number of threads, and for any way to deal the items to samples that are
 * merged. Each set of k items is as likely as any other. One thread at a time may use a sample, or
 * several may read it.
 */
#ifndef YOKE_SAMPLE_H
#define YOKE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_sample yoke_sample;

typedef struct yoke_sample_options {
    size_t k;         /* 1 to 2^32 - 1 */
    size_t item_size; /* bytes, 1 to 65,536 */
    uint64_t seed;
} yoke_sample_options;

/* An empty sample. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_sample_create(const yoke_sample_options *options, yoke_sample **sample);
YOKE_API void yoke_sample_destroy(yoke_sample *sample); /* NULL is legal */

/* Offers an item; its bytes are copied when it is kept. Each index once. Does not fail. */
YOKE_API void yoke_sample_add(yoke_sample *sample, uint64_t index, const void *item);
/* Offers n items, with the indices from `first` on. Fails as any kernel does (yoke/run.h) and with
 * YOKE_ENOMEM; then some of them may have been offered. yoke_sample_add, item after item, is the
 * reference of yoke_sample_add_array: the same items are kept. */
YOKE_API int yoke_sample_add_array(yoke_sample *sample, uint64_t first, const void *items, size_t n,
                                   const yoke_run *run);
/* Offers what `from` has kept. YOKE_EINVAL when options differ or both are the same. */
YOKE_API int yoke_sample_merge(yoke_sample *into, const yoke_sample *from);

/* How many items are kept: k, or all. */
YOKE_API size_t yoke_sample_count(const yoke_sample *sample);
/* The kept items and their indices, by ascending index; either may be NULL. Returns how many, at
 * most k. YOKE_ENOMEM. */
YOKE_API long yoke_sample_items(const yoke_sample *sample, void *items, uint64_t *indices);

/* A sample as bytes, the same on all machines as far as the bytes of items are: how many, and
 * writing so many. */
YOKE_API size_t yoke_sample_size(const yoke_sample *sample);
YOKE_API void yoke_sample_write(const yoke_sample *sample, void *bytes);
/* A sample from bytes. YOKE_EDATA when they are not what was written, YOKE_ENOMEM. */
YOKE_API int yoke_sample_read(const void *bytes, size_t size, yoke_sample **sample);

#ifdef __cplusplus
}
#endif
#endif
