/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the cache: Zipf-distributed keys, and S3-FIFO written plainly for one thread, with
 * keys that are small numbers. Queues are arrays that are walked, so it is slow where the cache is
 * not, and shares nothing with it.
 */
#ifndef YOKE_TESTS_CACHE_ORACLE_H
#define YOKE_TESTS_CACHE_ORACLE_H

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/cache.h"

/* ---- keys by Zipf's law: Gray et al., "Quickly generating billion-record synthetic databases",
 * SIGMOD 1994, as in YCSB. Key 0 is the most frequent. ---- */

typedef struct zipf {
    uint32_t keys;
    double theta, zeta, alpha, eta;
} zipf;

static inline zipf zipf_make(uint32_t keys, double theta) {
    zipf z = {.keys = keys, .theta = theta, .alpha = 1 / (1 - theta)};
    for (uint32_t i = 1; i <= keys; i++) z.zeta += pow(i, -theta);
    z.eta = (1 - pow(2.0 / keys, 1 - theta)) / (1 - (1 + pow(0.5, theta)) / z.zeta);
    return z;
}

static inline uint32_t zipf_next(const zipf *z) {
    double u = (double)(test_random() >> 11) * 0x1p-53, uz = u * z->zeta;
    if (uz < 1) return 0;
    if (uz < 1 + pow(0.5, z->theta)) return 1;
    uint32_t key = (uint32_t)(z->keys * pow(z->eta * u - z->eta + 1, z->alpha));
    return key < z->keys ? key : z->keys - 1;
}

/* ---- S3-FIFO ---- */

typedef enum place { NOWHERE, SMALL, MAIN } place;

typedef struct known {
    place place;
    int uses;
    size_t bytes;
    size_t ghost; /* 1 + when it was noted last; 0: it was not, or was taken */
} known;

/* A queue: the live part is [begin, end). */
typedef struct fifo {
    uint32_t *keys;
    size_t begin, end, room, bytes;
} fifo;

typedef struct oracle {
    known *known; /* by key */
    fifo small, main, ghosts;
    size_t most_entries, most_bytes;
    uint64_t hits, misses, evictions;
} oracle;

static inline oracle oracle_make(uint32_t keys, size_t most_entries, size_t most_bytes) {
    oracle o = {.most_entries = most_entries, .most_bytes = most_bytes};
    o.known = calloc(keys, sizeof *o.known);
    REQUIRE(o.known != NULL);
    return o;
}

static inline void oracle_free(oracle *o) {
    free(o->known);
    free(o->small.keys);
    free(o->main.keys);
    free(o->ghosts.keys);
}

static inline size_t fifo_count(const fifo *queue) { return queue->end - queue->begin; }

static inline void fifo_push(fifo *queue, uint32_t key, size_t bytes) {
    if (queue->end == queue->room) {
        queue->room = 2 * queue->room + 64;
        queue->keys = realloc(queue->keys, queue->room * sizeof *queue->keys);
        REQUIRE(queue->keys != NULL);
    }
    queue->keys[queue->end++] = key;
    queue->bytes += bytes;
}

static inline uint32_t fifo_pop(oracle *o, fifo *queue) {
    uint32_t key = queue->keys[queue->begin++];
    queue->bytes -= o->known[key].bytes;
    return key;
}

static inline size_t oracle_entries(const oracle *o) {
    return fifo_count(&o->small) + fifo_count(&o->main);
}

static inline void oracle_note_ghost(oracle *o, uint32_t key, size_t most) {
    while (fifo_count(&o->ghosts) > 0 && fifo_count(&o->ghosts) >= most) {
        uint32_t oldest = o->ghosts.keys[o->ghosts.begin++];
        if (o->known[oldest].ghost == o->ghosts.begin) o->known[oldest].ghost = 0;
    }
    fifo_push(&o->ghosts, key, 0);
    o->known[key].ghost = o->ghosts.end;
}

static inline void oracle_evict_one(oracle *o) {
    for (;;) {
        bool over =
            fifo_count(&o->small) > o->most_entries / 10 || o->small.bytes > o->most_bytes / 10;
        bool small = fifo_count(&o->small) > 0 && (over || fifo_count(&o->main) == 0);
        size_t entries = oracle_entries(o);
        uint32_t key = fifo_pop(o, small ? &o->small : &o->main);
        known *k = &o->known[key];
        if (small && k->uses >= 2) {
            k->uses = 0;
        } else if (!small && k->uses >= 1) {
            k->uses--;
        } else {
            if (small) oracle_note_ghost(o, key, entries - entries / 10);
            k->place = NOWHERE;
            o->evictions++;
            return;
        }
        k->place = MAIN;
        fifo_push(&o->main, key, k->bytes);
    }
}

/* Looks a key up, and inserts it when it is missing. Whether it hit. */
static inline bool oracle_access(oracle *o, uint32_t key, size_t bytes) {
    known *k = &o->known[key];
    if (k->place != NOWHERE) {
        if (k->uses < 3) k->uses++;
        o->hits++;
        return true;
    }
    o->misses++;
    if (bytes > o->most_bytes) return false;
    k->place = k->ghost ? MAIN : SMALL;
    k->ghost = 0;
    k->uses = 0;
    k->bytes = bytes;
    place goes = k->place;
    while (oracle_entries(o) >= o->most_entries ||
           o->small.bytes + o->main.bytes + bytes > o->most_bytes) {
        oracle_evict_one(o);
    }
    fifo_push(goes == MAIN ? &o->main : &o->small, key, bytes);
    return false;
}

#endif
