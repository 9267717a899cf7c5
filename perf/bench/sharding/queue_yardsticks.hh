/* SPDX-License-Identifier: Apache-2.0
 *
 * Known algorithms for bounded queues, which no package of Debian has: yardsticks, small and
 * without what a library needs (closing, sleeping, any size of item).
 */
#ifndef BENCH_SHARDING_QUEUE_YARDSTICKS_HH
#define BENCH_SHARDING_QUEUE_YARDSTICKS_HH

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace bench {

/* One producer, one consumer. Each side keeps the last value it saw of the other's index and looks
 * again only when that says full or empty, so that in the steady state an index is read once per
 * lap and not once per item (as in rigtorp's SPSCQueue). CAPACITY is a power of two. */
template <class T, size_t CAPACITY> class CachedRing {
  public:
    size_t push(const T *batch, size_t count) {
        size_t at = tail.load(std::memory_order_relaxed);
        /* acquire: the consumer has left the slots that it freed; pairs with its release. */
        if (CAPACITY - (at - seen_head) < count) seen_head = head.load(std::memory_order_acquire);
        count = std::min(count, CAPACITY - (at - seen_head));
        if (count == 0) return 0;
        for (size_t i = 0; i < count; i++) items[(at + i) % CAPACITY] = batch[i];
        /* release: publishes the items; pairs with the acquire in pop. */
        tail.store(at + count, std::memory_order_release);
        return count;
    }
    size_t pop(T *batch, size_t most) {
        size_t at = head.load(std::memory_order_relaxed);
        if (seen_tail - at < most) seen_tail = tail.load(std::memory_order_acquire);
        size_t count = std::min(most, seen_tail - at);
        if (count == 0) return 0;
        for (size_t i = 0; i < count; i++) batch[i] = items[(at + i) % CAPACITY];
        head.store(at + count, std::memory_order_release);
        return count;
    }

  private:
    alignas(128) std::atomic<size_t> tail{0};
    size_t seen_head = 0; /* the producer's */
    alignas(128) std::atomic<size_t> head{0};
    size_t seen_tail = 0; /* the consumer's */
    alignas(128) T items[CAPACITY];
};

/* Many producers, many consumers, after Vyukov's bounded MPMC queue (2010): each cell has a number
 * that says whose turn it is, position p to be filled or p + 1 to be emptied, so that producers and
 * consumers only contend for one index each. A batch claims as many cells in a row as are ready. */
template <class T, size_t CAPACITY> class VyukovQueue {
  public:
    VyukovQueue() {
        for (size_t i = 0; i < CAPACITY; i++) cells[i].turn.store(i);
    }
    size_t push(const T *batch, size_t count) {
        size_t at, claimed = claim(tail, 0, count, &at);
        for (size_t i = 0; i < claimed; i++) {
            Cell &cell = cells[(at + i) % CAPACITY];
            cell.item = batch[i];
            /* release: publishes the item; pairs with the acquire in claim. */
            cell.turn.store(at + i + 1, std::memory_order_release);
        }
        return claimed;
    }
    size_t pop(T *batch, size_t most) {
        size_t at, claimed = claim(head, 1, most, &at);
        for (size_t i = 0; i < claimed; i++) {
            Cell &cell = cells[(at + i) % CAPACITY];
            batch[i] = cell.item;
            cell.turn.store(at + i + CAPACITY, std::memory_order_release);
        }
        return claimed;
    }

  private:
    struct Cell {
        std::atomic<size_t> turn;
        T item;
    };
    alignas(128) std::atomic<size_t> tail{0};
    alignas(128) std::atomic<size_t> head{0};
    alignas(128) Cell cells[CAPACITY];

    size_t ready(size_t at, size_t phase, size_t most) {
        size_t count = 0;
        while (count < most) {
            size_t turn = cells[(at + count) % CAPACITY].turn.load(std::memory_order_acquire);
            if (turn != at + count + phase) break;
            count++;
        }
        return count;
    }
    /* Claims up to `most` cells from `index` on; 0: none is ready. */
    size_t claim(std::atomic<size_t> &index, size_t phase, size_t most, size_t *place) {
        size_t at = index.load(std::memory_order_relaxed);
        for (;;) {
            size_t count = ready(at, phase, most);
            if (count == 0) {
                size_t now = index.load(std::memory_order_relaxed);
                if (now == at) return 0;
                at = now;
            } else if (index.compare_exchange_weak(at, at + count, std::memory_order_relaxed)) {
                *place = at;
                return count;
            }
        }
    }
};

} // namespace bench
#endif
