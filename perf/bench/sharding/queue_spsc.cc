/* SPDX-License-Identifier: Apache-2.0
 *
 * Queues from one thread to another, items of 8 bytes, one by one and in batches.
 */
#include <boost/lockfree/spsc_queue.hpp>

#include "perf/bench/sharding/queue.hh"
#include "perf/bench/sharding/queue_ck.hh"
#include "perf/bench/sharding/queue_yardsticks.hh"
#include "yoke/queue_spsc.h"

namespace {

using bench::BATCH;
using bench::CAPACITY;

YOKE_DEFINE_QUEUE_SPSC(numbers, uint64_t)

class YokeQueue {
  public:
    YokeQueue() {
        if (numbers_create(CAPACITY, &queue) != YOKE_OK) abort();
    }
    ~YokeQueue() { numbers_destroy(queue); }
    YokeQueue(const YokeQueue &) = delete;
    YokeQueue &operator=(const YokeQueue &) = delete;

  protected:
    numbers *queue = nullptr;
};

/* Its own calls that wait. */
struct Yoke : YokeQueue {
    void push(uint64_t item) { numbers_push(queue, item, YOKE_FOREVER); }
    uint64_t pop() {
        uint64_t item = 0;
        numbers_pop(queue, &item, YOKE_FOREVER);
        return item;
    }
    size_t push_some(const uint64_t *items, size_t count) {
        return numbers_push_many(queue, items, count, YOKE_FOREVER);
    }
    size_t pop_some(uint64_t *items, size_t most) {
        return numbers_pop_many(queue, items, most, YOKE_FOREVER);
    }
};

struct YokeTry : YokeQueue {
    bool try_push(uint64_t item) { return numbers_try_push(queue, item) == 1; }
    bool try_pop(uint64_t *item) { return numbers_try_pop(queue, item) == 1; }
};

struct Boost {
    boost::lockfree::spsc_queue<uint64_t, boost::lockfree::capacity<CAPACITY>> queue;
    bool try_push(uint64_t item) { return queue.push(item); }
    bool try_pop(uint64_t *item) { return queue.pop(*item); }
    size_t try_push_some(const uint64_t *items, size_t count) { return queue.push(items, count); }
    size_t try_pop_some(uint64_t *items, size_t most) { return queue.pop(items, most); }
};

struct Ring {
    bench::CachedRing<uint64_t, CAPACITY> ring;
    bool try_push(uint64_t item) { return ring.push(&item, 1) == 1; }
    bool try_pop(uint64_t *item) { return ring.pop(item, 1) == 1; }
    size_t try_push_some(const uint64_t *items, size_t count) { return ring.push(items, count); }
    size_t try_pop_some(uint64_t *items, size_t most) { return ring.pop(items, most); }
};

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "queue_spsc", {"libboost1.74-dev", "libck-dev"});
    size_t items = program.scaled(40000000, 10000);
    bench::Workload one = {"single", "SPSC queue, items of 8 bytes one by one", 2, 0, {}, {}};
    one.contestants = {
        bench::single<Yoke>("yoke", items),
        bench::single<bench::Spin<YokeTry>>("yoke try", items),
        bench::single<bench::Spin<Boost>>("boost", items),
        bench::single<bench::Spin<bench::CkSpsc>>("ck", items),
        bench::single<bench::Spin<Ring>>("cached ring", items),
    };
    one.bars = {{1, {"boost", "ck", "cached ring"}}};
    program.run(one);
    bench::Workload some = {"batched", "SPSC queue, batches of 32 items", 2, 0, {}, {}};
    some.contestants = {
        bench::batched<Yoke>("yoke", items * 2),
        bench::batched<bench::SpinSome<Boost>>("boost", items * 2),
        bench::batched<bench::SpinSome<Ring>>("cached ring", items * 2),
    };
    some.bars = {{1, {"boost", "cached ring"}}};
    program.run(some);
    return program.status();
}
