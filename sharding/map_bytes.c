/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte strings as keys of the map: where they live, and how they end.
 *
 * A string is kept outside the bucket. When its entry is removed, readers may still be comparing
 * with it, so it has to be retired. To save every key the head of a retired object, removed strings
 * are gathered in their shard and retired together: the batch was born when its oldest string was.
 */
#include <stdlib.h>
#include <string.h>

#include "sharding/map.h"

enum { BATCH = 64 };

typedef struct batch {
    yoke_reclaim_node node;
    map_blob *blobs;
} batch;

int yoke__map_blob_create(const map_key *key, map_blob **made) {
    map_blob *blob = malloc(sizeof *blob + key->size);
    if (!blob) return yoke_fail(YOKE_ENOMEM, "no memory for a key of %zu bytes", key->size);
    yoke_reclaim_node now;
    yoke_reclaim_born(&now);
    *blob = (map_blob){.hash = key->hash, .size = (uint32_t)key->size, .born = (uint32_t)now.born};
    if (key->size) memcpy(blob->data, key->data, key->size);
    *made = blob;
    return YOKE_OK;
}

static void free_blobs(map_blob *blob) {
    while (blob) {
        map_blob *dead = blob->dead;
        free(blob);
        blob = dead;
    }
}

static void release_batch(yoke_reclaim_node *node, void *ctx) {
    (void)node;
    batch *all = ctx;
    free_blobs(all->blobs);
    free(all);
}

/* The era of the oldest blob. They were born at or before `now`, and less than 2^32 eras ago. */
static uint64_t oldest(const map_blob *blob, uint64_t now) {
    uint32_t age = 0;
    for (; blob; blob = blob->dead) {
        if ((uint32_t)now - blob->born > age) age = (uint32_t)now - blob->born;
    }
    return now - age;
}

static size_t bytes_of(const map_blob *blob) {
    size_t bytes = 0;
    for (; blob; blob = blob->dead) bytes += sizeof *blob + blob->size;
    return bytes;
}

static void retire_blobs(yoke_map *map, batch *all, map_blob *blobs) {
    yoke_reclaim_born(&all->node);
    all->node.born = oldest(blobs, all->node.born);
    all->node.bytes = bytes_of(blobs);
    all->node.release = release_batch;
    all->node.ctx = all;
    all->blobs = blobs;
    yoke_reclaim_retire(map->domain, &all->node);
}

static void lock_dead(map_shard *in) {
    for (unsigned turn = 0; atomic_exchange(&in->dead_lock, 1);) yoke__map_wait(&turn);
}

void yoke__map_blob_retire(yoke_map *map, map_shard *in, map_blob *blob) {
    map_blob *blobs = NULL;
    batch *all = NULL;
    lock_dead(in);
    blob->dead = in->dead;
    in->dead = blob;
    if (++in->dead_count % BATCH == 0) all = malloc(sizeof *all);
    if (all) {
        blobs = in->dead; /* without memory for their head they wait for the next round */
        in->dead = NULL;
    }
    atomic_store(&in->dead_lock, 0);
    if (all) retire_blobs(map, all, blobs);
}

static void free_chain_blobs(const table *t, bucket *b, shape s) {
    for (; b; b = next_bucket(t, b, s)) {
        uint64_t tags = load_word(&b->tags);
        for (unsigned i = 0; i < SLOTS; i++) {
            if (tags >> 8 * i & 0xFF) free(blob_of(load_word(slot_at(b, i, s))));
        }
    }
}

void yoke__map_blobs_destroy(const yoke_map *map, map_shard *in) {
    shape s = shape_of(map);
    for (table *t = atomic_load(&in->table); t; t = atomic_load(&t->next)) {
        for (uint64_t i = 0; i < t->buckets; i++) {
            bucket *home = bucket_at(t, i, s);
            if (!(atomic_load(&home->state) & MOVED)) free_chain_blobs(t, home, s);
        }
    }
    free_blobs(in->dead);
}
