/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benchmarks of queues share: a number of items flows from producers to consumers, one by
 * one or in batches, and each must arrive exactly once.
 *
 * A queue under test has try_push(item), try_pop(&item), or push and pop that wait, or
 * try_push_some and try_pop_some, or push_some and pop_some that wait; Spin and SpinSome make
 * waiting ones of those that do not wait, by pausing and then yielding.
 */
#ifndef BENCH_SHARDING_QUEUE_HH
#define BENCH_SHARDING_QUEUE_HH

#include <algorithm>
#include <atomic>

#include "perf/bench/common/driver.hh"

namespace bench {

constexpr size_t CAPACITY = 4096; /* of all queues, items of 8 bytes */
constexpr size_t BATCH = 32;

template <class Queue> struct Spin : Queue {
    void push(uint64_t item) {
        Backoff backoff;
        while (!this->try_push(item)) backoff.wait();
    }
    uint64_t pop() {
        Backoff backoff;
        uint64_t item = 0;
        while (!this->try_pop(&item)) backoff.wait();
        return item;
    }
};

template <class Queue> struct SpinSome : Queue {
    size_t push_some(const uint64_t *items, size_t count) {
        Backoff backoff;
        size_t moved;
        while ((moved = this->try_push_some(items, count)) == 0) backoff.wait();
        return moved;
    }
    size_t pop_some(uint64_t *items, size_t most) {
        Backoff backoff;
        size_t moved;
        while ((moved = this->try_pop_some(items, most)) == 0) backoff.wait();
        return moved;
    }
};

/* Sees items and remembers enough to tell lost, doubled and, from one producer, disordered ones. */
class Receipt {
  public:
    explicit Receipt(bool ordered) : in_order(ordered) {}
    void take(uint64_t item) {
        count++;
        sum += item;
        bits ^= item * 0x9E3779B97F4A7C15u;
        if (in_order && item != count) disordered = true;
    }
    void add(const Receipt &other) {
        count += other.count;
        sum += other.sum;
        bits ^= other.bits;
        disordered |= other.disordered;
    }
    std::string compare(const Receipt &right) const {
        if (disordered) return "items came in a wrong order";
        if (count == right.count && sum == right.sum && bits == right.bits) return {};
        return "items were lost, doubled or changed";
    }
    uint64_t seen() const { return count; }

  private:
    bool in_order, disordered = false;
    uint64_t count = 0, sum = 0, bits = 0;
};

/* Threads 0 to pairs - 1 produce, the next as many consume, each its share of the items. */
template <class Queue, bool BATCHED> class Flow : public Trial {
  public:
    Flow(size_t items, int threads) : pairs(threads / 2), share(items / pairs), whole(false) {
        for (uint64_t i = 1; i <= share * pairs; i++) whole.take(i);
    }
    void prepare() override { receipts.assign(pairs, Padded<Receipt>{Receipt(pairs == 1)}); }
    uint64_t work(int thread) override {
        if (thread < pairs) {
            BATCHED ? produce_some(thread) : produce(thread);
            return 0;
        }
        auto &receipt = receipts[thread - pairs].value;
        receipt = BATCHED ? consume_some() : consume();
        return receipt.seen();
    }
    std::string check() override {
        Receipt all(false);
        for (auto &receipt : receipts) all.add(receipt.value);
        return all.compare(whole);
    }

  private:
    int pairs;
    uint64_t share; /* items per thread: thread t makes t * share + 1 to (t + 1) * share */
    Receipt whole;
    std::vector<Padded<Receipt>> receipts;
    Queue queue;

    void produce(int thread) {
        uint64_t first = thread * share + 1;
        if constexpr (!BATCHED) {
            for (uint64_t i = 0; i < share; i++) queue.push(first + i);
        }
    }
    Receipt consume() {
        Receipt receipt(pairs == 1);
        if constexpr (!BATCHED) {
            for (uint64_t i = 0; i < share; i++) receipt.take(queue.pop());
        }
        return receipt;
    }
    void produce_some(int thread) {
        uint64_t next = thread * share + 1, end = next + share, batch[BATCH];
        while (next < end) {
            size_t count = std::min<uint64_t>(BATCH, end - next);
            for (size_t i = 0; i < count; i++) batch[i] = next + i;
            if constexpr (BATCHED) next += queue.push_some(batch, count);
        }
    }
    Receipt consume_some() {
        Receipt receipt(pairs == 1);
        uint64_t batch[BATCH];
        while (receipt.seen() < share) {
            size_t count = std::min<uint64_t>(BATCH, share - receipt.seen());
            if constexpr (BATCHED) count = queue.pop_some(batch, count);
            for (size_t i = 0; i < count; i++) receipt.take(batch[i]);
        }
        return receipt;
    }
};

template <class Queue> Contestant single(const char *name, size_t items) {
    return {name,
            [=](int threads) { return std::make_unique<Flow<Queue, false>>(items, threads); }};
}

template <class Queue> Contestant batched(const char *name, size_t items) {
    return {name, [=](int threads) { return std::make_unique<Flow<Queue, true>>(items, threads); }};
}

} // namespace bench
#endif
