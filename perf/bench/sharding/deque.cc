/* SPDX-License-Identifier: Apache-2.0
 *
 * Work-stealing deques: one owner pushes and takes, the others steal. Each item must come out once.
 *
 * No package of Debian has a deque to be used alone; the yardsticks are one under a mutex and that
 * of Chase and Lev ("Dynamic Circular Work-Stealing Deque", SPAA 2005) with the orders of Lê, Pop,
 * Cohen and Zappa Nardelli ("Correct and efficient work-stealing for weak memory models", PPoPP
 * 2013), on a ring that is large enough.
 */
#include <atomic>
#include <deque>
#include <mutex>

#include "perf/bench/common/driver.hh"
#include "yoke/deque.h"

namespace {

constexpr size_t BURST = 64; /* items that the owner pushes before it takes as many */

class Yoke {
  public:
    Yoke() {
        if (yoke_deque_create(1024, &deque) != YOKE_OK) abort();
    }
    ~Yoke() { yoke_deque_destroy(deque); }
    Yoke(const Yoke &) = delete;
    Yoke &operator=(const Yoke &) = delete;
    void push(uintptr_t item) {
        if (yoke_deque_push(deque, reinterpret_cast<void *>(item)) != YOKE_OK) abort();
    }
    uintptr_t take() { return reinterpret_cast<uintptr_t>(yoke_deque_take(deque)); }
    uintptr_t steal() {
        void *item = nullptr;
        return yoke_deque_steal(deque, &item) == 1 ? reinterpret_cast<uintptr_t>(item) : 0;
    }

  private:
    yoke_deque *deque = nullptr;
};

class ChaseLev {
  public:
    ChaseLev() : items(SIZE) {}
    void push(uintptr_t item) {
        size_t at = bottom.load(std::memory_order_relaxed);
        items[at % SIZE].store(item, std::memory_order_relaxed);
        /* release: publishes the item; pairs with the acquire in steal. */
        bottom.store(at + 1, std::memory_order_release);
    }
    uintptr_t take() {
        size_t at = bottom.load(std::memory_order_relaxed) - 1;
        /* The store must be seen before top is read: the one barrier of an owner. */
        bottom.exchange(at, std::memory_order_seq_cst);
        size_t first = top.load(std::memory_order_seq_cst);
        intptr_t left = static_cast<intptr_t>(at - first);
        uintptr_t item = left < 0 ? 0 : items[at % SIZE].load(std::memory_order_relaxed);
        if (left > 0) return item;
        if (left == 0 && !top.compare_exchange_strong(first, first + 1)) item = 0;
        bottom.store(at + 1, std::memory_order_relaxed);
        return item;
    }
    uintptr_t steal() {
        size_t first = top.load(std::memory_order_seq_cst);
        size_t end = bottom.load(std::memory_order_seq_cst);
        if (static_cast<intptr_t>(end - first) <= 0) return 0;
        uintptr_t item = items[first % SIZE].load(std::memory_order_relaxed);
        return top.compare_exchange_strong(first, first + 1) ? item : 0;
    }

  private:
    static constexpr size_t SIZE = 1024; /* more than a burst */
    alignas(128) std::atomic<size_t> bottom{0};
    alignas(128) std::atomic<size_t> top{0};
    alignas(128) std::vector<std::atomic<uintptr_t>> items;
};

class Locked {
  public:
    void push(uintptr_t item) {
        std::lock_guard<std::mutex> guard(lock);
        items.push_back(item);
    }
    uintptr_t take() {
        std::lock_guard<std::mutex> guard(lock);
        if (items.empty()) return 0;
        uintptr_t item = items.back();
        items.pop_back();
        return item;
    }
    uintptr_t steal() {
        std::lock_guard<std::mutex> guard(lock);
        if (items.empty()) return 0;
        uintptr_t item = items.front();
        items.pop_front();
        return item;
    }

  private:
    std::mutex lock;
    std::deque<uintptr_t> items;
};

struct Receipt {
    uint64_t count = 0, sum = 0, bits = 0;
    void take(uint64_t item) {
        count++;
        sum += item;
        bits ^= item * 0x9E3779B97F4A7C15u;
    }
    void add(const Receipt &other) {
        count += other.count;
        sum += other.sum;
        bits ^= other.bits;
    }
};

/* Thread 0 owns the deque, the others steal until it has said that nothing is left. */
template <class Deque> class Stealing : public bench::Trial {
  public:
    Stealing(size_t items, int threads) : total(items), receipts(threads) {
        for (uint64_t i = 1; i <= total; i++) whole.take(i);
    }
    void prepare() override {
        over.store(false);
        for (auto &receipt : receipts) receipt.value = {};
    }
    uint64_t work(int thread) override {
        Receipt receipt = thread == 0 ? own() : steal();
        receipts[thread].value = receipt;
        return receipt.count;
    }
    std::string check() override {
        Receipt all;
        for (auto &receipt : receipts) all.add(receipt.value);
        if (all.count == whole.count && all.sum == whole.sum && all.bits == whole.bits) return {};
        return "items were lost, doubled or changed";
    }

  private:
    size_t total;
    Receipt whole;
    std::vector<bench::Padded<Receipt>> receipts;
    std::atomic<bool> over{false};
    Deque deque;

    Receipt own() {
        Receipt receipt;
        for (uint64_t next = 1; next <= total;) {
            for (size_t i = 0; i < BURST && next <= total; i++) deque.push(next++);
            while (uint64_t item = deque.take()) receipt.take(item);
        }
        over.store(true);
        return receipt;
    }
    Receipt steal() {
        Receipt receipt;
        bench::Backoff backoff;
        while (!over.load(std::memory_order_relaxed)) {
            if (uint64_t item = deque.steal()) {
                receipt.take(item);
                backoff.reset();
            } else {
                backoff.wait();
            }
        }
        return receipt;
    }
};

template <class Deque> bench::Contestant contestant(const char *name, size_t items) {
    return {name, [=](int threads) { return std::make_unique<Stealing<Deque>>(items, threads); }};
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "deque", {});
    for (int threads : {1, 2, 8}) {
        size_t items = program.scaled(threads == 1 ? 20000000 : 4000000, 1000);
        bench::Workload flow = {"steal_" + std::to_string(threads),
                                "deque, an owner that pushes and takes by 64, the others steal",
                                threads,
                                0,
                                {},
                                {},
                                5};
        flow.contestants = {contestant<Yoke>("yoke", items),
                            contestant<ChaseLev>("chase-lev", items),
                            contestant<Locked>("mutex", items)};
        program.run(flow);
    }
    return program.status();
}
