/* SPDX-License-Identifier: Apache-2.0
 *
 * Queues from many threads to many, items of 8 bytes, one by one and in batches.
 */
#include <boost/lockfree/queue.hpp>
#include <tbb/concurrent_queue.h>

#include "perf/bench/sharding/queue.hh"
#include "perf/bench/sharding/queue_ck.hh"
#include "perf/bench/sharding/queue_yardsticks.hh"
#include "yoke/queue_mpmc.h"

namespace {

using bench::CAPACITY;

YOKE_DEFINE_QUEUE_MPMC(numbers, uint64_t)

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

/* The same of oneTBB. */
struct Tbb {
    tbb::concurrent_bounded_queue<uint64_t> queue;
    Tbb() { queue.set_capacity(CAPACITY); }
    void push(uint64_t item) { queue.push(item); }
    uint64_t pop() {
        uint64_t item = 0;
        queue.pop(item);
        return item;
    }
};

struct TbbTry {
    tbb::concurrent_bounded_queue<uint64_t> queue;
    TbbTry() { queue.set_capacity(CAPACITY); }
    bool try_push(uint64_t item) { return queue.try_push(item); }
    bool try_pop(uint64_t *item) { return queue.try_pop(*item); }
};

struct Boost {
    boost::lockfree::queue<uint64_t, boost::lockfree::capacity<CAPACITY>> queue;
    bool try_push(uint64_t item) { return queue.push(item); }
    bool try_pop(uint64_t *item) { return queue.pop(*item); }
};

struct Vyukov {
    bench::VyukovQueue<uint64_t, CAPACITY> queue;
    bool try_push(uint64_t item) { return queue.push(&item, 1) == 1; }
    bool try_pop(uint64_t *item) { return queue.pop(item, 1) == 1; }
    size_t try_push_some(const uint64_t *items, size_t count) { return queue.push(items, count); }
    size_t try_pop_some(uint64_t *items, size_t most) { return queue.pop(items, most); }
};

void run(bench::Program &program, int threads, size_t items) {
    std::string number = std::to_string(threads / 2), pairs = number + " to " + number;
    bench::Workload one = {"single_" + number,
                           "MPMC queue, " + pairs + ", items of 8 bytes one by one",
                           threads,
                           0,
                           {},
                           {},
                           5};
    one.contestants = {
        bench::single<Yoke>("yoke", items),
        bench::single<bench::Spin<YokeTry>>("yoke try", items),
        bench::single<Tbb>("tbb", items),
        bench::single<bench::Spin<TbbTry>>("tbb try", items),
        bench::single<bench::Spin<Boost>>("boost", items),
        bench::single<bench::Spin<Vyukov>>("vyukov", items),
    };
    /* Its producers wait for one another inside of a push and never yield: with more threads than
     * processors a run may take minutes. */
    if (threads <= bench::processors()) {
        one.contestants.push_back(bench::single<bench::Spin<bench::CkMpmc>>("ck", items));
    }
    one.bars = {{3, {"tbb", "boost"}}};
    program.run(one);
    bench::Workload some = {"batched_" + number,
                            "MPMC queue, " + pairs + ", batches of 32 items",
                            threads,
                            0,
                            {},
                            {},
                            5};
    some.contestants = {bench::batched<Yoke>("yoke", items * 4),
                        bench::batched<bench::SpinSome<Vyukov>>("vyukov", items * 4)};
    some.bars = {{1, {"vyukov"}}};
    program.run(some);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "queue_mpmc",
                           {"libtbb-dev", "libboost1.74-dev", "libck-dev"});
    run(program, 2, program.scaled(8000000, 10000));
    run(program, 8, program.scaled(4000000, 10000));
    return program.status();
}
