/* SPDX-License-Identifier: Apache-2.0
 *
 * The index of a shard: a hash table with chains, written under the shard's lock and read without
 * it.
 *
 * A reader walks from the bucket's head along the links. Writers insert at the head, and unlink an
 * entry by one store; its own link stays, so that a reader that stands on it finds its way. An
 * entry that is replaced cannot give its place in the chain to the new one (see the last
 * paragraph): the new one goes to the head, then the old one is unlinked. A reader that was between
 * them finds neither; so does one in a table that was just replaced by a larger one. Both happen
 * after `moves` was counted up, so a reader that finds nothing looks again when that has changed.
 *
 * Growth makes a table of twice the size beside the old one (after Xu, "Resizable hash tables with
 * two link sets", Linux 2010): entries have one link for tables of either parity, so readers of the
 * old table walk on undisturbed. The links of a parity may be written again only when no reader of
 * its last table is left; while there may be one, the table does not grow and chains get longer.
 *
 * Why what a reader reaches is safe with eras (yoke/reclaim.h), also in a table or behind an entry
 * that has left: each load protects all that was born up to the moment of loading. What an entry
 * links to was in the shard before the entry (or both were, when their table was made), thus born
 * before the reader loaded the entry; and it was not retired before the reader entered, for then
 * it would not be linked. Heads of an old table, behind which entries of any age have stood, are
 * cleared before it is retired.
 */
#include <stdlib.h>
#include <string.h>

#include "sharding/cache.h"

#define LEAST_HEADS ((size_t)16)
#define MOST_HEADS  ((size_t)1 << 32)

static size_t heads(const yoke__table *table) { return (size_t)1 << (64 - table->shift); }

static yoke__entry **head_of(yoke__table *table, unsigned skip, uint64_t hash) {
    return &table->heads[hash << skip >> table->shift];
}

/* release: what is linked in was written before; pairs with the acquire of yoke_reclaim_load. */
static void set(yoke__entry **link, yoke__entry *to) {
    __atomic_store_n(link, to, __ATOMIC_RELEASE);
}

static void release_table(yoke_reclaim_node *node, void *ctx) {
    (void)ctx;
    yoke__table *table = (yoke__table *)((char *)node - offsetof(yoke__table, node));
    /* release: no reader follows the links any more; pairs with the acquire in grow(). */
    __atomic_fetch_sub(table->retiring, 1, __ATOMIC_RELEASE);
    free(table);
}

static yoke__table *make_table(yoke__index *index, size_t count, unsigned parity) {
    yoke__table *table = calloc(1, sizeof *table + count * sizeof *table->heads);
    if (!table) return NULL;
    table->shift = 64 - (unsigned)__builtin_ctzll(count);
    table->parity = parity;
    table->retiring = &index->retiring;
    table->node.bytes = sizeof *table + count * sizeof *table->heads;
    table->node.release = release_table;
    yoke_reclaim_born(&table->node);
    return table;
}

int yoke__index_init(yoke__index *index, unsigned skip, size_t expected) {
    size_t count = LEAST_HEADS;
    while (count < expected && count < (size_t)1 << 16) count *= 2;
    index->skip = skip;
    index->table = make_table(index, count, 0);
    return index->table ? YOKE_OK : YOKE_ENOMEM;
}

void yoke__index_fini(yoke__index *index) { free(index->table); }

static bool same(const yoke__entry *entry, uint64_t hash, const void *key, size_t key_size) {
    if (entry->hash != hash || entry->key_size != key_size) return false;
    if (key_size != sizeof(uint64_t)) return !key_size || !memcmp(entry->key, key, key_size);
    return !memcmp(entry->key, key, sizeof(uint64_t)); /* inline */
}

yoke__entry *yoke__index_find(const yoke__index *index, uint64_t hash, const void *key,
                              size_t key_size) {
    yoke__table *table = index->table;
    yoke__entry *entry = *head_of(table, index->skip, hash);
    while (entry && !same(entry, hash, key, key_size)) entry = entry->chain[table->parity];
    return entry;
}

static void *load(yoke__thread *self, const void *link) { return yoke__reclaim_load(self, link); }

static yoke__entry *walk(yoke__table *table, unsigned skip, yoke__thread *self, uint64_t hash,
                         const void *key, size_t key_size) {
    yoke__entry *entry = load(self, head_of(table, skip, hash));
    while (entry && !same(entry, hash, key, key_size)) {
        entry = load(self, &entry->chain[table->parity]);
    }
    return entry;
}

/* acquire: who sees a move sees what was linked in before it; pairs with note_move(). */
static uint32_t moves_of(const yoke__index *index) {
    return __atomic_load_n(&index->moves, __ATOMIC_ACQUIRE);
}

yoke__entry *yoke__index_find_shared(const yoke__index *index, yoke__thread *self, uint64_t hash,
                                     const void *key, size_t key_size) {
    for (uint32_t moves = moves_of(index), after;; moves = after) {
        yoke__table *table = load(self, &index->table);
        yoke__entry *entry = walk(table, index->skip, self, hash, key, key_size);
        if (entry) return entry;
        after = moves_of(index);
        if (after == moves) return NULL;
    }
}

static void link_first(yoke__table *table, unsigned skip, yoke__entry *entry) {
    yoke__entry **head = head_of(table, skip, entry->hash);
    set(&entry->chain[table->parity], *head);
    set(head, entry);
}

/* To call after the new way was linked in, and before the old one is cut: a lookup that sees the
 * cut sees the move, and one that began after the move sees the new way. */
static void note_move(yoke__index *index) {
    /* release: pairs with the acquire in moves_of(); the cut is a release store of its own. */
    __atomic_store_n(&index->moves, index->moves + 1, __ATOMIC_RELEASE);
}

static void retire_table(yoke__index *index, yoke__table *table, yoke_reclaim *domain) {
    for (size_t i = 0; i < heads(table); i++) set(&table->heads[i], NULL);
    __atomic_fetch_add(&index->retiring, 1, __ATOMIC_RELAXED); /* under the lock */
    yoke_reclaim_retire(domain, &table->node);
    index->waste = true;
}

/* Under the lock, so plain loads read what was stored last. */
static void grow(yoke__index *index, yoke_reclaim *domain) {
    yoke__table *old = index->table;
    /* acquire: pairs with the release in release_table(). */
    if (heads(old) >= MOST_HEADS) return;
    if (__atomic_load_n(&index->retiring, __ATOMIC_ACQUIRE)) {
        /* Asks now and then for another look at what can be released. */
        index->waste = index->count % (heads(old) / 4) == 0;
        return;
    }
    yoke__table *table = make_table(index, 2 * heads(old), !old->parity);
    if (!table) return;
    for (size_t i = 0; i < heads(old); i++) {
        for (yoke__entry *at = old->heads[i]; at; at = at->chain[old->parity]) {
            link_first(table, index->skip, at);
        }
    }
    /* release: the table was filled before; pairs with the acquire of yoke_reclaim_load. */
    __atomic_store_n(&index->table, table, __ATOMIC_RELEASE);
    note_move(index);
    retire_table(index, old, domain);
}

static void take_out(yoke__index *index, yoke__entry *entry) {
    yoke__table *table = index->table;
    yoke__entry **link = head_of(table, index->skip, entry->hash);
    while (*link != entry) link = &(*link)->chain[table->parity];
    set(link, entry->chain[table->parity]);
}

void yoke__index_insert(yoke__index *index, yoke__entry *entry, yoke__entry *old,
                        yoke_reclaim *domain) {
    if (index->count >= heads(index->table)) grow(index, domain);
    yoke_reclaim_born(&entry->node);
    link_first(index->table, index->skip, entry);
    if (old) {
        note_move(index);
        take_out(index, old);
    } else {
        index->count++;
    }
}

void yoke__index_remove(yoke__index *index, yoke__entry *entry) {
    take_out(index, entry);
    index->count--;
}
