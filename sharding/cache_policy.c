/* SPDX-License-Identifier: Apache-2.0
 *
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023) for entries and bytes.
 *
 * New entries go to the small queue, unless they were evicted from it lately: those go to the main
 * queue. To make room, the oldest of the small queue is considered while that queue holds more than
 * a tenth of the capacity, or nothing else is there: if it was used at least twice it moves to the
 * main queue, otherwise it is evicted and its hash remembered. When the small queue is within its
 * tenth, the oldest of the main queue is considered: if it was used since it was last considered it
 * goes round once more and counts one use less, otherwise it is evicted. As many hashes are
 * remembered as nine tenths of the entries. What has expired is thrown out when it is considered.
 *
 * Capacity counts entries, or bytes, or both, and the small queue is too large when it is so in one
 * of them. Uses are counted by lookups at any time, so that considering could go on for ever; after
 * as many steps as a shard at rest can need, the oldest goes whatever its uses.
 */
#include "sharding/cache.h"

enum { PROMOTING_USES = 2 };

/* ---- queues ---- */

static void enqueue(yoke__queue *queue, yoke__entry *entry) {
    entry->newer = NULL;
    entry->older = queue->newest;
    if (queue->newest) {
        queue->newest->newer = entry;
    } else {
        queue->oldest = entry;
    }
    queue->newest = entry;
    queue->count++;
    queue->bytes += yoke__entry_bytes(entry);
}

static void dequeue(yoke__queue *queue, yoke__entry *entry) {
    if (entry->newer) {
        entry->newer->older = entry->older;
    } else {
        queue->newest = entry->older;
    }
    if (entry->older) {
        entry->older->newer = entry->newer;
    } else {
        queue->oldest = entry->newer;
    }
    queue->count--;
    queue->bytes -= yoke__entry_bytes(entry);
}

static yoke__queue *queue_of(yoke__shard *shard, const yoke__entry *entry) {
    return entry->in_main ? &shard->main : &shard->small;
}

static size_t entries_of(const yoke__shard *shard) {
    return shard->small.count + shard->main.count;
}

/* ---- what goes ---- */

static void bury(yoke__visit *visit, yoke__entry *entry) {
    entry->older = visit->dead;
    visit->dead = entry;
}

/* An entry leaves its queue, and the index. */
void yoke__policy_remove(yoke__visit *visit, yoke__entry *entry) {
    dequeue(queue_of(visit->shard, entry), entry);
    yoke__index_remove(&visit->shard->index, entry);
    bury(visit, entry);
}

static void evict(yoke__visit *visit, yoke__entry *entry) {
    yoke__shard *shard = visit->shard;
    if (!yoke__entry_fresh(entry, visit->now)) {
        shard->stats.expirations++;
    } else {
        shard->stats.evictions++;
        size_t entries = entries_of(shard);
        if (!entry->in_main) yoke__ghost_add(&shard->ghost, entry->hash, entries - entries / 10);
    }
    yoke__policy_remove(visit, entry);
}

/* relaxed: pairs with nothing; see yoke__policy_use. */
static uint8_t uses_of(const yoke__entry *entry) {
    return __atomic_load_n(&entry->uses, __ATOMIC_RELAXED);
}

static void move_to_main(yoke__shard *shard, yoke__entry *entry, uint8_t uses) {
    dequeue(queue_of(shard, entry), entry);
    entry->in_main = true;
    /* relaxed: a use that comes in between is lost; see yoke__policy_use. */
    __atomic_store_n(&entry->uses, uses, __ATOMIC_RELAXED);
    enqueue(&shard->main, entry);
}

static bool small_is_large(const yoke__shard *shard) {
    return shard->small.count > shard->max_entries / 10 ||
           shard->small.bytes > shard->max_bytes / 10;
}

/* Considers the entry whose turn it is: true when it went. */
static bool consider(yoke__visit *visit, bool patient) {
    yoke__shard *shard = visit->shard;
    bool from_small = shard->small.count && (!shard->main.count || small_is_large(shard));
    yoke__entry *oldest = from_small ? shard->small.oldest : shard->main.oldest;
    uint8_t uses = uses_of(oldest);
    if (patient && yoke__entry_fresh(oldest, visit->now) &&
        uses >= (from_small ? PROMOTING_USES : 1)) {
        move_to_main(shard, oldest, from_small ? 0 : uses - 1);
        return false;
    }
    evict(visit, oldest);
    return true;
}

static void make_room(yoke__visit *visit, size_t bytes) {
    yoke__shard *shard = visit->shard;
    size_t steps = (YOKE__MOST_USES + 2) * entries_of(shard);
    while (entries_of(shard) >= shard->max_entries ||
           shard->small.bytes + shard->main.bytes > shard->max_bytes - bytes) {
        consider(visit, steps > 0);
        steps -= steps > 0;
    }
}

/* ---- what comes ---- */

bool yoke__policy_insert(yoke__visit *visit, yoke__entry *entry, yoke__entry *old) {
    yoke__shard *shard = visit->shard;
    size_t bytes = yoke__entry_bytes(entry);
    if (bytes > shard->max_bytes || visit->cache->keep_nothing) return false;
    bool known = yoke__ghost_take(&shard->ghost, entry->hash);
    entry->in_main = old ? old->in_main : known;
    entry->uses = old ? uses_of(old) : 0;
    if (old) dequeue(queue_of(shard, old), old); /* its share is free; lookups still find it */
    make_room(visit, bytes);
    enqueue(queue_of(shard, entry), entry);
    yoke__index_insert(&shard->index, entry, old, visit->cache->domain);
    if (old) bury(visit, old);
    return true;
}
