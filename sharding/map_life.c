/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a concurrent map: how it is laid out at the beginning, and its end.
 *
 * The shards begin with different numbers of homes, spread evenly (on a logarithmic scale) over one
 * step of growth. With a good hash they fill alike, and so they grow one after the other and not
 * all at once, and the memory of the whole map per entry stays near its mean.
 */
#include <math.h>
#include <stdlib.h>

#include "sharding/map.h"
#include "yoke/team.h"

enum { MOST_VALUE = 4096, MOST_SHARDS = 65536, SHARDS_PER_THREAD = 32, FEWEST_SHARDS = 64 };
enum { FEWEST_HOMES = 4 };

static int check(const yoke_map_options *options) {
    unsigned shards = options->shards;
    if (options->keys != YOKE_MAP_U64 && options->keys != YOKE_MAP_BYTES) {
        return yoke_fail(YOKE_EINVAL, "keys of a map are YOKE_MAP_U64 or YOKE_MAP_BYTES, not %d",
                         (int)options->keys);
    }
    if (options->value_size > MOST_VALUE) {
        return yoke_fail(YOKE_ERANGE, "values of a map have at most %d bytes, not %zu", MOST_VALUE,
                         options->value_size);
    }
    if ((shards & (shards - 1)) || shards > MOST_SHARDS) {
        return yoke_fail(YOKE_EINVAL, "the shards of a map are a power of two up to %d, not %u",
                         MOST_SHARDS, shards);
    }
    return YOKE_OK;
}

static unsigned default_shards(void) {
    unsigned wanted = (unsigned)yoke_team_default_size() * SHARDS_PER_THREAD,
             shards = FEWEST_SHARDS;
    while (shards < wanted && shards < MOST_SHARDS) shards *= 2;
    return shards;
}

/* Whole cache lines where that costs less than an eighth. */
static size_t bucket_bytes(unsigned words) {
    size_t bytes = sizeof(bucket) + (size_t)SLOTS * 8 * (1 + words), lines = (bytes + 63) / 64 * 64;
    return lines - bytes < bytes / 8 ? lines : bytes;
}

/* Homes of a shard for its part of the entries expected: 4.6 a home, as after growth, so that few
 * overflow. */
static double first_homes(const yoke_map_options *options, unsigned index, unsigned shards) {
    if (options->expected) return (double)options->expected / shards / 4.6 + FEWEST_HOMES;
    return FEWEST_HOMES * pow(1.5, (double)index / shards);
}

static int make_tables(yoke_map *map, const yoke_map_options *options) {
    unsigned shards = map->shard_count;
    map->shards = yoke_aligned_alloc(sizeof(map_shard) * shards);
    if (!map->shards) return yoke_fail(YOKE_ENOMEM, "no memory for %u shards of a map", shards);
    for (unsigned i = 0; i < shards; i++) map->shards[i] = (map_shard){.dead = NULL};
    for (unsigned i = 0; i < shards; i++) {
        double homes = first_homes(options, i, shards);
        table *t;
        YOKE_TRY(yoke__map_table_create(map->bucket_size, homes, 0, &t));
        atomic_init(&map->shards[i].table, t);
    }
    return YOKE_OK;
}

static int make_parts(yoke_map *map, const yoke_map_options *options) {
    YOKE_TRY(yoke_hash_seed(options->seed, map->seed));
    map->number_seed = map->seed[1] ^ (8 * YOKE_HASH_MULTIPLIER_);
    YOKE_TRY(yoke_counter_create(NULL, &map->entries));
    YOKE_TRY(yoke_reclaim_create(NULL, &map->domain));
    return make_tables(map, options);
}

int yoke_map_create(const yoke_map_options *options, yoke_map **map) {
    if (!options || !map) return yoke_fail(YOKE_EINVAL, "a map needs options and a place to go to");
    YOKE_TRY(check(options));
    yoke_map *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a map");
    made->hash = options->hash;
    made->value_size = options->value_size;
    made->words = (unsigned)((options->value_size + 7) / 8);
    made->bytes = options->keys == YOKE_MAP_BYTES;
    made->plain =
        !made->bytes && options->value_size == 8 && !options->hash && yoke_barrier_asymmetric_;
    made->plain_depth = made->plain ? 0 : NEVER;
    made->bucket_size = bucket_bytes(made->words);
    unsigned shards = options->shards ? options->shards : default_shards();
    made->shard_count = shards;
    made->shard_mask = (shards - 1) * sizeof(map_shard);
    made->turn = (unsigned)__builtin_ctzll(shards * sizeof(map_shard));
    int status = make_parts(made, options);
    if (status < 0) {
        yoke_map_destroy(made);
        return status;
    }
    *map = made;
    return YOKE_OK;
}

static void destroy_shard(const yoke_map *map, map_shard *in) {
    if (map->bytes) yoke__map_blobs_destroy(map, in);
    table *next;
    for (table *t = atomic_load(&in->table); t; t = next) {
        next = atomic_load(&t->next);
        yoke__map_table_destroy(t);
    }
}

void yoke_map_destroy(yoke_map *map) {
    if (!map) return;
    for (unsigned i = 0; map->shards && i < map->shard_count; i++) {
        destroy_shard(map, &map->shards[i]);
    }
    yoke_aligned_free(map->shards);
    yoke_reclaim_destroy(map->domain);
    yoke_counter_destroy(map->entries);
    free(map);
}

size_t yoke_map_size(const yoke_map *map) {
    int64_t entries = yoke_counter_read_relaxed(map->entries, 0);
    return entries > 0 ? (size_t)entries : 0;
}
