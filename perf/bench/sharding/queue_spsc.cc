/* SPDX-License-Identifier: Apache-2.0
 *
 * Queues from one thread to another, items of 8 bytes, one by one and in batches.
 */
#include <boost/lockfree/spsc_queue.hpp>

#include "perf/bench/sharding/queue.hh"
#include "perf/bench/sharding/queue_ck.hh"
#include "perf/bench/sharding/queue_yardsticks.hh"

namespace {

using bench::BATCH;
using bench::CAPACITY;

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
    bench::Program program(argc, argv, "queue_spsc", {"libboost1.74-dev", "libck-dev"});
    size_t items = program.scaled(40000000, 10000);
    bench::Workload one = {"single", "SPSC queue, items of 8 bytes one by one", 2, 0, {}, {}};
    one.contestants = {
        bench::single<bench::Spin<Boost>>("boost", items),
        bench::single<bench::Spin<bench::CkSpsc>>("ck", items),
        bench::single<bench::Spin<Ring>>("cached ring", items),
    };
    one.bars = {{1, {"boost", "ck", "cached ring"}}};
    program.run(one);
    bench::Workload some = {"batched", "SPSC queue, batches of 32 items", 2, 0, {}, {}};
    some.contestants = {
        bench::batched<bench::SpinSome<Boost>>("boost", items * 2),
        bench::batched<bench::SpinSome<Ring>>("cached ring", items * 2),
    };
    some.bars = {{1, {"boost", "cached ring"}}};
    program.run(some);
    return program.status();
}
