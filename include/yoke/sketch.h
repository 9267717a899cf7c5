/* SPDX-License-Identifier: Apache-2.0
 *
 * A sketch of heavy hitters: which keys of a long stream are frequent, in little memory.
 *
 * Space-Saving (Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k
 * elements in data streams", ICDT 2005): a fixed number m of counters. A key that has one adds to
 * it; another key takes over the least counter, with its count, which becomes the key's error. So
 * of a stream of total weight N
 *   - every key of true weight above N / m has a counter,
 *   - count - error <= true weight <= count, and error <= N / m.
 * Adding costs O(log m) and never allocates. Two sketches merge into one of the sum of both
 * streams, and their errors add up (Agarwal et al., "Mergeable summaries", PODS 2012).
 *
 * The first bytes of a key are kept for show; keys are told apart by all their bytes through a
 * 64-bit hash, their size, and the bytes that are kept. The same stream gives the same sketch.
 *
 * Progress and concurrency: none of its own; one thread at a time may use a sketch, or several may
 * read it.
 */
#ifndef YOKE_SKETCH_H
#define YOKE_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_sketch yoke_sketch;

typedef struct yoke_sketch_options {
    size_t counters;  /* m, up to 2^24; 0: 256 */
    size_t key_bytes; /* bytes of a key that are kept, up to 65536; 0: 64 */
} yoke_sketch_options;

/* A frequent key. */
typedef struct yoke_sketch_item {
    const void *key; /* its first bytes, at most key_bytes; good until the sketch changes */
    size_t key_kept; /* how many */
    size_t key_size; /* of the whole key */
    uint64_t count;  /* the true weight is at most this ... */
    uint64_t error;  /* ... and at least count - error */
} yoke_sketch_item;

/* Makes an empty sketch of counters * (key_bytes + 56) bytes. NULL options: all defaults.
 * YOKE_EINVAL for options beyond their limits, YOKE_ENOMEM. */
YOKE_API int yoke_sketch_create(const yoke_sketch_options *options, yoke_sketch **sketch);
YOKE_API void yoke_sketch_destroy(yoke_sketch *sketch); /* NULL is legal */

/* Adds `weight` to a key of any size (NULL when it is 0). A weight of 0 changes nothing. Counts
 * stay at UINT64_MAX when they reach it. Cannot fail; does not block. */
YOKE_API void yoke_sketch_add(yoke_sketch *sketch, const void *key, size_t key_size,
                              uint64_t weight);

/* Adds what `from` has seen. The promises hold for the sum of both streams, with m the smaller
 * number of counters. YOKE_EINVAL when key_bytes differ or both are the same sketch, YOKE_ENOMEM
 * (then `into` is as it was). */
YOKE_API int yoke_sketch_merge(yoke_sketch *into, const yoke_sketch *from);

/* Writes the keys with the highest counts, at most `most`, in descending order (equal counts: by
 * key bytes kept, then size), and returns how many. YOKE_ENOMEM. */
YOKE_API long yoke_sketch_top(const yoke_sketch *sketch, yoke_sketch_item *items, size_t most);

/* The weight of all that was added. */
YOKE_API uint64_t yoke_sketch_total(const yoke_sketch *sketch);

/* Forgets everything. */
YOKE_API void yoke_sketch_reset(yoke_sketch *sketch);

#ifdef __cplusplus
}
#endif
#endif
