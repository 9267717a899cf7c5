/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters: add 1, as often as possible.
 */
#include <atomic>
#include <tbb/enumerable_thread_specific.h>

#include "perf/bench/common/driver.hh"
#include "yoke/counter.h"

namespace {

using bench::Padded;
using bench::repeat;

/* Keeps the total that must come out. */
template <class Counter> class Adding : public bench::Trial {
  public:
    explicit Adding(int threads) : counter(threads) {}
    uint64_t work(int thread) override {
        uint64_t done = counter.add_all(thread);
        expected.fetch_add(done);
        return done;
    }
    std::string check() override {
        uint64_t sum = counter.read(), right = expected.load();
        if (sum == right) return {};
        return "the sum is " + std::to_string(sum) + ", not " + std::to_string(right);
    }

  private:
    std::atomic<uint64_t> expected{0};
    Counter counter;
};

class Yoke {
  public:
    explicit Yoke(int) {
        if (yoke_counter_create(nullptr, &counter) != YOKE_OK) abort();
    }
    ~Yoke() { yoke_counter_destroy(counter); }
    Yoke(const Yoke &) = delete;
    Yoke &operator=(const Yoke &) = delete;
    uint64_t add_all(int) {
        return repeat([this](uint64_t) { yoke_counter_add(counter, 1); });
    }
    uint64_t read() { return yoke_counter_read_at_quiescence(counter, 0); }

  protected:
    yoke_counter *counter = nullptr;
};

/* The thread's slot is looked up once. */
struct YokeLocal : Yoke {
    using Yoke::Yoke;
    uint64_t add_all(int) {
        yoke_counter_local local = yoke_counter_here(counter);
        return repeat([&local](uint64_t) { yoke_counter_local_add(local, 0, 1); });
    }
};

/* One atomic number for all. */
struct Shared {
    alignas(128) std::atomic<uint64_t> value{0};
    explicit Shared(int) {}
    uint64_t add_all(int) {
        return repeat([this](uint64_t) { value.fetch_add(1, std::memory_order_relaxed); });
    }
    uint64_t read() { return value.load(); }
};

/* An atomic number per thread. */
struct Spread {
    std::vector<Padded<std::atomic<uint64_t>>> slots;
    explicit Spread(int threads) : slots(threads) {}
    uint64_t add_all(int thread) {
        auto &slot = slots[thread].value;
        return repeat([&slot](uint64_t) { slot.fetch_add(1, std::memory_order_relaxed); });
    }
    uint64_t read() {
        uint64_t sum = 0;
        for (auto &slot : slots) sum += slot.value.load();
        return sum;
    }
};

/* A number per thread, known to the loop: what no counter can beat. */
struct Plain : Spread {
    using Spread::Spread;
    uint64_t add_all(int thread) {
        auto &slot = slots[thread].value;
        return repeat([&slot](uint64_t) {
            slot.store(slot.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        });
    }
};

/* local() is asked each time, as where the adding code is called from elsewhere. */
struct TbbSpecific {
    tbb::enumerable_thread_specific<uint64_t> slots;
    explicit TbbSpecific(int) {}
    uint64_t add_all(int) {
        return repeat([this](uint64_t) {
            volatile uint64_t &slot = slots.local();
            slot = slot + 1;
        });
    }
    uint64_t read() {
        return slots.combine([](uint64_t a, uint64_t b) { return a + b; });
    }
};

template <class Counter> bench::Contestant contestant(const char *name) {
    return {name, [](int threads) { return std::make_unique<Adding<Counter>>(threads); }};
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "counter", {"libtbb-dev"});
    for (int threads : {2, 8}) {
        bench::Workload add = {
            "add_" + std::to_string(threads), "counter, add 1", threads, 0.3, {}, {}};
        add.contestants = {
            contestant<Yoke>("yoke"),         contestant<YokeLocal>("yoke local"),
            contestant<Plain>("plain store"), contestant<Spread>("atomic per thread"),
            contestant<TbbSpecific>("tbb"),   contestant<Shared>("shared atomic")};
        add.bars = {{20, {"shared atomic"}, "yoke local"}};
        program.run(add);
    }
    return program.status();
}
