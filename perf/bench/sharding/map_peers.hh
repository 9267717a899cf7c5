/* SPDX-License-Identifier: Apache-2.0
 *
 * The maps that are compared, each as its own users would write it, behind one shape:
 *
 *     Map(expected)               made for so many keys; 0: grows from empty
 *     attach(), detach()          on each thread before its first and after its last operation
 *     pause()                     now and then, outside of operations
 *     bool get(key, &value)
 *     add(key, more)              adds to the value, or inserts it
 *     size()                      when nobody writes
 *
 * Keys are well mixed already, so hashes may be the identity; where users can choose, they are.
 */
#ifndef BENCH_SHARDING_MAP_PEERS_HH
#define BENCH_SHARDING_MAP_PEERS_HH

#include <cstdlib>
#include <mutex>
#include <vector>

#define URCU_INLINE_SMALL_FUNCTIONS
#include <urcu/urcu-qsbr.h>

#include <urcu/rculfhash.h>

extern "C" {
#include <ck_ht.h>
#include <spinlock/fas.h>
}
#include <libcuckoo/cuckoohash_map.hh>
#include <tbb/concurrent_hash_map.h>

#include "perf/bench/common/driver.hh"
#include "yoke/map.h"

namespace bench {

struct NoThreads {
    void attach() {}
    void detach() {}
    void pause() {}
};

class YokeMap : public NoThreads {
  public:
    explicit YokeMap(size_t expected) {
        yoke_map_options options = {};
        options.value_size = sizeof(uint64_t);
        options.expected = expected;
        if (yoke_map_create(&options, &map) != YOKE_OK) abort();
    }
    ~YokeMap() { yoke_map_destroy(map); }
    YokeMap(const YokeMap &) = delete;
    YokeMap &operator=(const YokeMap &) = delete;
    bool get(uint64_t key, uint64_t *value) { return yoke_map_get_u64(map, key, value) == 1; }
    void add(uint64_t key, uint64_t more) {
        if (yoke_map_update_u64(map, key, yoke_map_add_u64, &more) < 0) abort();
    }
    size_t size() { return yoke_map_size(map); }

  protected:
    yoke_map *map = nullptr;
};

/* Additions are collected and made in blocks. */
class YokeBlockMap : public YokeMap {
  public:
    using YokeMap::YokeMap;
    void add(uint64_t key, uint64_t more) {
        keys[waiting] = key;
        values[waiting] = more;
        if (++waiting == BLOCK) pause();
    }
    void pause() {
        if (yoke_map_update_block_u64(map, keys, values, waiting, yoke_map_add_u64) < 0) abort();
        waiting = 0;
    }
    void detach() { pause(); }

  private:
    static constexpr size_t BLOCK = 256;
    static inline thread_local size_t waiting = 0;
    static inline thread_local uint64_t keys[BLOCK], values[BLOCK];
};

class TbbMap : public NoThreads {
  public:
    explicit TbbMap(size_t expected) : map(expected) {}
    bool get(uint64_t key, uint64_t *value) {
        Map::const_accessor entry;
        if (!map.find(entry, key)) return false;
        *value = entry->second;
        return true;
    }
    void add(uint64_t key, uint64_t more) {
        Map::accessor entry;
        if (!map.insert(entry, {key, more})) entry->second += more;
    }
    size_t size() { return map.size(); }

  private:
    using Map = tbb::concurrent_hash_map<uint64_t, uint64_t>;
    Map map;
};

class CuckooMap : public NoThreads {
  public:
    explicit CuckooMap(size_t expected) : map(expected ? expected : 16) {}
    bool get(uint64_t key, uint64_t *value) { return map.find(key, *value); }
    void add(uint64_t key, uint64_t more) {
        map.upsert(
            key, [more](uint64_t &value) { value += more; }, more);
    }
    size_t size() { return map.size(); }

  private:
    libcuckoo::cuckoohash_map<uint64_t, uint64_t> map;
};

/* ck_ht lets many read beside one writer, so writers need a lock; a user with many writers cuts the
 * keys into parts, each with its lock. Readers take none. Who waits yields after a while, for on
 * few processors the holder may be asleep. A table that was outgrown is freed at once: these
 * workloads grow a map only while nobody reads it. */
class CkMap : public NoThreads {
  public:
    explicit CkMap(size_t expected) : parts(PARTS) {
        static ck_malloc memory = {allocate, nullptr, release};
        size_t entries = expected ? expected / PARTS * 2 : 8;
        for (auto &part : parts) {
            ck_spinlock_fas_init(&part.lock);
            if (!ck_ht_init(&part.table, CK_HT_MODE_DIRECT, hash_key, &memory, entries, 1)) abort();
        }
    }
    ~CkMap() {
        for (auto &part : parts) ck_ht_destroy(&part.table);
    }
    CkMap(const CkMap &) = delete;
    CkMap &operator=(const CkMap &) = delete;
    bool get(uint64_t key, uint64_t *value) { return read(part_of(key), key, value); }
    void add(uint64_t key, uint64_t more) {
        Part &part = part_of(key);
        uint64_t value = 0;
        lock(part);
        ck_ht_hash_t hash;
        ck_ht_entry_t entry;
        read(part, key, &value);
        ck_ht_hash_direct(&hash, &part.table, key);
        ck_ht_entry_set_direct(&entry, hash, key, value + more);
        if (!ck_ht_set_spmc(&part.table, hash, &entry)) abort();
        ck_spinlock_fas_unlock(&part.lock);
    }
    size_t size() {
        size_t sum = 0;
        for (auto &part : parts) sum += ck_ht_count(&part.table);
        return sum;
    }

  private:
    static constexpr size_t PARTS = 1024;
    struct alignas(128) Part {
        ck_ht_t table;
        alignas(64) ck_spinlock_fas_t lock;
    };
    std::vector<Part> parts;

    Part &part_of(uint64_t key) { return parts[key >> 53]; }
    static void *allocate(size_t size) { return malloc(size); }
    static void release(void *block, size_t, bool) { free(block); }
    static void hash_key(ck_ht_hash_t *hash, const void *key, size_t, uint64_t) {
        hash->value = *static_cast<const uint64_t *>(key);
    }
    static bool read(Part &part, uint64_t key, uint64_t *value) {
        ck_ht_hash_t hash;
        ck_ht_entry_t entry;
        ck_ht_hash_direct(&hash, &part.table, key);
        ck_ht_entry_key_set_direct(&entry, key);
        if (!ck_ht_get_spmc(&part.table, hash, &entry)) return false;
        *value = ck_ht_entry_value_direct(&entry);
        return true;
    }
    static void lock(Part &part) {
        Backoff backoff;
        while (!ck_spinlock_fas_trylock(&part.lock)) backoff.wait();
    }
};

/* liburcu's lock-free table with the flavour whose readers pay least. */
class UrcuMap {
  public:
    explicit UrcuMap(size_t expected)
        : table(cds_lfht_new_flavor(buckets(expected), 1, 0,
                                    expected ? 0 : CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
                                    &urcu_qsbr_flavor, nullptr)) {
        if (!table) abort();
    }
    ~UrcuMap() {
        cds_lfht_iter iter;
        cds_lfht_node *node;
        urcu_qsbr_register_thread();
        cds_lfht_for_each(table, &iter, node) {
            cds_lfht_del(table, node);
            nodes.push_back(node);
        }
        urcu_qsbr_unregister_thread();
        cds_lfht_destroy(table, nullptr);
        for (auto *dead : nodes) free(dead);
    }
    UrcuMap(const UrcuMap &) = delete;
    UrcuMap &operator=(const UrcuMap &) = delete;
    void attach() { urcu_qsbr_register_thread(); }
    void detach() { urcu_qsbr_unregister_thread(); }
    void pause() { urcu_qsbr_quiescent_state(); }
    bool get(uint64_t key, uint64_t *value) {
        Node *node = find(key);
        if (node) *value = uatomic_read(&node->value);
        return node != nullptr;
    }
    void add(uint64_t key, uint64_t more) {
        Node *node = find(key);
        if (!node) node = insert(key, more);
        if (node) uatomic_add(&node->value, more);
    }
    size_t size() {
        long before, after;
        unsigned long count;
        attach();
        cds_lfht_count_nodes(table, &before, &count, &after);
        detach();
        return count;
    }

  private:
    struct Node {
        cds_lfht_node link;
        uint64_t key, value;
    };
    cds_lfht *table;
    std::vector<cds_lfht_node *> nodes;

    static size_t buckets(size_t expected) {
        size_t n = 64;
        while (n < expected) n *= 2;
        return n;
    }
    static Node *of(cds_lfht_node *link) { return reinterpret_cast<Node *>(link); }
    static int match(cds_lfht_node *link, const void *key) {
        return of(link)->key == *static_cast<const uint64_t *>(key);
    }
    Node *find(uint64_t key) {
        cds_lfht_iter iter;
        cds_lfht_lookup(table, key, match, &key, &iter);
        return of(cds_lfht_iter_get_node(&iter));
    }
    /* The node that was there already, NULL when it is the new one. */
    Node *insert(uint64_t key, uint64_t value) {
        auto *node = static_cast<Node *>(malloc(sizeof(Node)));
        if (!node) abort();
        cds_lfht_node_init(&node->link);
        node->key = key;
        node->value = value;
        cds_lfht_node *there = cds_lfht_add_unique(table, key, match, &key, &node->link);
        if (there == &node->link) return nullptr;
        free(node);
        return of(there);
    }
};

/* A yardstick: 1024 tables with open addressing, each with its mutex. */
class StripedMap : public NoThreads {
  public:
    explicit StripedMap(size_t expected) : stripes(STRIPES) {
        size_t slots = 8;
        while (slots * 3 / 4 * STRIPES < expected) slots *= 2;
        for (auto &stripe : stripes) stripe.slots.resize(slots);
    }
    bool get(uint64_t key, uint64_t *value) {
        Stripe &stripe = stripe_of(key);
        std::lock_guard<std::mutex> guard(stripe.lock);
        Slot &slot = find(stripe, key);
        *value = slot.value;
        return slot.key != 0;
    }
    void add(uint64_t key, uint64_t more) {
        Stripe &stripe = stripe_of(key);
        std::lock_guard<std::mutex> guard(stripe.lock);
        Slot *slot = &find(stripe, key);
        if (!slot->key) {
            if (++stripe.used > stripe.slots.size() * 3 / 4) grow(stripe);
            slot = &find(stripe, key);
            slot->key = key;
        }
        slot->value += more;
    }
    size_t size() {
        size_t sum = 0;
        for (auto &stripe : stripes) sum += stripe.used;
        return sum;
    }

  private:
    static constexpr size_t STRIPES = 1024;
    struct Slot {
        uint64_t key = 0, value = 0;
    };
    struct alignas(128) Stripe {
        std::mutex lock;
        size_t used = 0;
        std::vector<Slot> slots;
    };
    std::vector<Stripe> stripes;

    Stripe &stripe_of(uint64_t key) { return stripes[key >> 53]; }
    static Slot &find(Stripe &stripe, uint64_t key) {
        size_t mask = stripe.slots.size() - 1, i = key & mask;
        while (stripe.slots[i].key && stripe.slots[i].key != key) i = (i + 1) & mask;
        return stripe.slots[i];
    }
    static void grow(Stripe &stripe) {
        std::vector<Slot> old(stripe.slots.size() * 2);
        old.swap(stripe.slots);
        for (const auto &slot : old) {
            if (slot.key) find(stripe, slot.key) = slot;
        }
    }
};

} // namespace bench
#endif
