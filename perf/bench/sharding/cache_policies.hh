/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulators of eviction policies: which requests of a trace hit a cache of so many entries. Keys
 * are numbers from 0 to keys - 1. They are yardsticks for miss ratios, not caches.
 *
 *   LRU      evicts what was used least recently
 *   SIEVE    a queue with a hand that passes over what was used since (Zhang and others, NSDI 2024)
 *   S3-FIFO  a small queue on probation, a main queue, and the keys of those that left the small
 * one (Yang and others, SOSP 2023) ARC      two lists, of keys seen once and more often, whose
 * shares adapt to the misses that a larger list would have avoided (Megiddo and Modha, FAST 2003)
 */
#ifndef BENCH_SHARDING_CACHE_POLICIES_HH
#define BENCH_SHARDING_CACHE_POLICIES_HH

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/* Doubly linked lists of keys; a key is in one list at most. */
class Lists {
  public:
    Lists(size_t keys, size_t lists)
        : links(keys + lists), place(keys, NONE), sizes(lists), first(keys) {
        for (size_t i = 0; i < lists; i++) links[first + i] = {first + i, first + i};
    }
    static constexpr uint8_t NONE = 255;
    uint8_t list_of(size_t key) const { return place[key]; }
    size_t size(uint8_t list) const { return sizes[list]; }
    /* The end where keys leave; the list is not empty. */
    size_t oldest(uint8_t list) const { return links[first + list].newer; }
    /* The next newer key in the list of `key`, or the list's oldest after its newest. */
    size_t after(size_t key) const {
        size_t next = links[key].newer;
        return next < first ? next : links[next].newer;
    }
    void add(uint8_t list, size_t key) {
        size_t head = first + list, newest = links[head].older;
        links[key] = {newest, head};
        links[newest].newer = links[head].older = key;
        place[key] = list;
        sizes[list]++;
    }
    void remove(size_t key) {
        links[links[key].older].newer = links[key].newer;
        links[links[key].newer].older = links[key].older;
        sizes[place[key]]--;
        place[key] = NONE;
    }
    void move(uint8_t list, size_t key) {
        remove(key);
        add(list, key);
    }

  private:
    struct Link {
        size_t older, newer;
    };
    std::vector<Link> links;
    std::vector<uint8_t> place;
    std::vector<size_t> sizes;
    size_t first; /* number of the first list's head */
};

class Lru {
  public:
    Lru(size_t keys, size_t entries) : lists(keys, 1), capacity(entries) {}
    bool ask(size_t key) {
        bool hit = lists.list_of(key) == 0;
        if (hit) lists.remove(key);
        if (lists.size(0) == capacity) lists.remove(lists.oldest(0));
        lists.add(0, key);
        return hit;
    }

  private:
    Lists lists;
    size_t capacity;
};

class Sieve {
  public:
    Sieve(size_t keys, size_t entries)
        : lists(keys, 1), visited(keys), capacity(entries), hand(keys) {}
    bool ask(size_t key) {
        if (lists.list_of(key) == 0) {
            visited[key] = true;
            return true;
        }
        if (lists.size(0) == capacity) evict();
        lists.add(0, key);
        visited[key] = false;
        return false;
    }

  private:
    Lists lists;
    std::vector<bool> visited;
    size_t capacity, hand; /* the key to look at next; a number that is no key: the oldest */

    void evict() {
        size_t at = hand < visited.size() ? hand : lists.oldest(0);
        while (visited[at]) {
            visited[at] = false;
            at = lists.after(at);
        }
        hand = lists.after(at);
        if (hand == lists.oldest(0)) hand = visited.size();
        lists.remove(at);
    }
};

class S3Fifo {
  public:
    S3Fifo(size_t keys, size_t entries)
        : lists(keys, 3), uses(keys), capacity(entries),
          small_share(std::max<size_t>(1, entries / 10)) {}
    bool ask(size_t key) {
        uint8_t in = lists.list_of(key);
        if (in == SMALL || in == MAIN) {
            uses[key] = std::min(3, uses[key] + 1);
            return true;
        }
        while (lists.size(SMALL) + lists.size(MAIN) >= capacity) evict();
        in = lists.list_of(key); /* the eviction may have dropped it from the ghosts */
        if (in == GHOST) lists.remove(key);
        lists.add(in == GHOST ? MAIN : SMALL, key);
        uses[key] = 0;
        return false;
    }

  private:
    enum : uint8_t { SMALL, MAIN, GHOST };
    Lists lists;
    std::vector<uint8_t> uses;
    size_t capacity, small_share;

    void evict() {
        if (lists.size(SMALL) >= small_share || lists.size(MAIN) == 0) {
            evict_small();
        } else {
            evict_main();
        }
    }
    void evict_small() {
        size_t key = lists.oldest(SMALL);
        if (uses[key] > 1) {
            lists.move(MAIN, key);
            uses[key] = 0;
            return;
        }
        if (lists.size(GHOST) >= capacity - small_share) lists.remove(lists.oldest(GHOST));
        lists.move(GHOST, key);
    }
    void evict_main() {
        size_t key;
        while (uses[key = lists.oldest(MAIN)] > 0) {
            uses[key]--;
            lists.move(MAIN, key);
        }
        lists.remove(key);
    }
};

class Arc {
  public:
    Arc(size_t keys, size_t entries) : lists(keys, 4), capacity(entries) {}
    bool ask(size_t key) {
        switch (lists.list_of(key)) {
        case ONCE:
        case OFTEN: lists.move(OFTEN, key); return true;
        case ONCE_GHOST:
            share = std::min(capacity, share + step(OFTEN_GHOST, ONCE_GHOST));
            replace(false);
            break;
        case OFTEN_GHOST:
            share -= std::min(share, step(ONCE_GHOST, OFTEN_GHOST));
            replace(true);
            break;
        default:
            make_room();
            lists.add(ONCE, key);
            return false;
        }
        lists.move(OFTEN, key);
        return false;
    }

  private:
    enum : uint8_t { ONCE, OFTEN, ONCE_GHOST, OFTEN_GHOST };
    Lists lists;
    size_t capacity, share = 0; /* of ONCE, as it adapts */

    size_t step(uint8_t other, uint8_t own) const {
        return std::max<size_t>(1, lists.size(other) / lists.size(own));
    }
    void replace(bool from_often_ghost) {
        size_t once = lists.size(ONCE);
        if (once + lists.size(OFTEN) < capacity) return;
        bool from_once = once > share || (from_often_ghost && once == share && once > 0);
        if (from_once || lists.size(OFTEN) == 0) {
            lists.move(ONCE_GHOST, lists.oldest(ONCE));
        } else {
            lists.move(OFTEN_GHOST, lists.oldest(OFTEN));
        }
    }
    void make_room() {
        size_t once = lists.size(ONCE), once_ghosts = lists.size(ONCE_GHOST);
        size_t all = once + once_ghosts + lists.size(OFTEN) + lists.size(OFTEN_GHOST);
        if (once + once_ghosts == capacity) {
            if (once == capacity) {
                lists.remove(lists.oldest(ONCE));
                return;
            }
            lists.remove(lists.oldest(ONCE_GHOST));
        } else if (all >= 2 * capacity) {
            lists.remove(lists.oldest(OFTEN_GHOST));
        }
        replace(false);
    }
};

} // namespace bench
#endif
