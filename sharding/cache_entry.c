/* SPDX-License-Identifier: Apache-2.0
 *
 * An entry is one block: head, key, and behind the key the copy of the value. Its users are
 * counted. The cache is one of them, from publication until a grace period after the entry was
 * unlinked. So a lookup, which works inside a section, can count itself in without looking at the
 * count first; and who drops the last use may free the entry at once, without knowing the cache,
 * which may be gone.
 */
#include <stdlib.h>
#include <string.h>

#include "sharding/cache.h"

enum { ALIGN = 16 };

/* Bytes of head and key, so that what follows is aligned. Keys near SIZE_MAX do not exist. */
static size_t prefix(size_t key_size) {
    return (offsetof(yoke__entry, key) + key_size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static yoke__entry *make(uint64_t hash, const void *key, size_t key_size, size_t more) {
    size_t total;
    if (key_size > PTRDIFF_MAX / 2 || __builtin_add_overflow(prefix(key_size), more, &total)) {
        return NULL;
    }
    yoke__entry *entry = malloc(total);
    if (!entry) return NULL;
    memset(entry, 0, sizeof *entry);
    entry->hash = hash;
    entry->key_size = key_size;
    entry->expires = YOKE__NEVER;
    entry->refs = 1;
    if (key_size) memcpy(entry->key, key, key_size);
    return entry;
}

yoke__entry *yoke__entry_copy(uint64_t hash, const void *key, size_t key_size, const void *data,
                              size_t size) {
    yoke__entry *entry = make(hash, key, key_size, size);
    if (!entry) return NULL;
    entry->data = (char *)entry + prefix(key_size);
    entry->size = size;
    if (size) memcpy(entry->data, data, size);
    return entry;
}

static void release_by_free(void *data, size_t size) {
    (void)size;
    free(data);
}

yoke__entry *yoke__entry_wrap(uint64_t hash, const void *key, size_t key_size,
                              const yoke_cache_item *item) {
    yoke__entry *entry = make(hash, key, key_size, 0);
    if (!entry) return NULL;
    entry->data = item->data;
    entry->size = item->size;
    entry->release = item->release ? item->release : release_by_free;
    return entry;
}

void yoke__entry_hold(yoke__entry *entry) {
    /* relaxed: the caller has a use already, or is inside a section that keeps the cache's. */
    __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
}

void yoke__entry_drop(yoke__entry *entry) {
    /* acq_rel: what other users read lies before they dropped it; the last one frees after that. */
    if (__atomic_fetch_sub(&entry->refs, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (entry->release) entry->release(entry->data, entry->size);
    free(entry);
}

void yoke_cache_release(yoke_cache_value *value) {
    if (value->entry) yoke__entry_drop(value->entry);
    *value = (yoke_cache_value){0};
}
