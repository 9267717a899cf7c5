/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters for many writers: each thread adds to its own slot with plain loads and stores.
 */
#ifndef YOKE_COUNTER_H
#define YOKE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/memory.h"
#include "yoke/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A set of counters with one slot layout: the counters of a thread lie side by side. */
typedef struct yoke_counter {
    char *slots;      /* slot of thread i at i * stride */
    size_t stride;    /* bytes, a multiple of YOKE_CACHE_PAD */
    unsigned threads; /* slots with one owner; a thread with a higher index shares */
    unsigned count;   /* counters in the set */
} yoke_counter;

typedef struct yoke_counter_options {
    unsigned count;   /* counters in the set; 0: 1 */
    unsigned threads; /* slots; 0: as many as fit the machine */
} yoke_counter_options;

YOKE_API int yoke_counter_create(const yoke_counter_options *options, yoke_counter **counter);
YOKE_API void yoke_counter_destroy(yoke_counter *counter);

/* static inline: yoke_counter_add(c, n); yoke_counter_add_at(c, which, n) */

YOKE_API int64_t yoke_counter_read_relaxed(const yoke_counter *counter, unsigned which);
YOKE_API int64_t yoke_counter_read_at_quiescence(const yoke_counter *counter, unsigned which);
YOKE_API int yoke_counter_snapshot(yoke_counter *counter, unsigned which, int64_t *value);

#ifdef __cplusplus
}
#endif
#endif
