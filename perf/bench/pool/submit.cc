/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs from outside: producers that are no workers hand small jobs, one by one, to a pool of two
 * workers, and wait until all have run.
 */
#include <atomic>
#include <sched.h>
#include <stdexcept>
#include <tbb/task_arena.h>

#include "perf/bench/common/taskflow.hh"
#include "perf/bench/common/teams.hh"
#include "yoke/future.h"

namespace {

constexpr int WORKERS = 2;

/* What the jobs of one producer count up. */
using Count = std::atomic<uint64_t>;

struct Yoke {
    yoke_pool *pool = nullptr;
    Yoke() {
        yoke_pool_options options = {};
        options.workers = WORKERS;
        if (yoke_pool_create(&options, &pool) < 0) throw std::runtime_error("no pool");
    }
    ~Yoke() { yoke_pool_destroy(pool); }
    static int run(yoke_worker *, void *count) {
        static_cast<Count *>(count)->fetch_add(1, std::memory_order_relaxed);
        return 0;
    }
    void submit(Count *count) {
        if (yoke_pool_submit(pool, run, count, nullptr, YOKE_FOREVER, nullptr) < 0)
            throw std::runtime_error("no job");
    }
};

/* enqueue(), unlike execute(), is for threads that do not wait. */
struct Tbb {
    tbb::task_arena arena{WORKERS, 0};
    /* Here, and not by the first producer: oneTBB starts as many workers as the thread that makes
     * it begin has processors, and producers are pinned to one. */
    Tbb() { arena.initialize(); }
    void submit(Count *count) {
        arena.enqueue([count] { count->fetch_add(1, std::memory_order_relaxed); });
    }
};

#if HAS_TASKFLOW
struct Taskflow {
    bench::TaskflowPool executor{WORKERS};
    void submit(Count *count) {
        executor.silent_async([count] { count->fetch_add(1, std::memory_order_relaxed); });
    }
};
#endif

template <class Pool> class Submitting : public bench::Trial {
  public:
    Submitting(int threads, uint64_t jobs) : jobs_(jobs), counts(threads) {}
    void prepare() override {
        for (auto &count : counts) count.value.store(0);
    }
    uint64_t work(int thread) override {
        Count &count = counts[thread].value;
        for (uint64_t i = 0; i < jobs_; i++) pool.submit(&count);
        while (count.load() < jobs_) sched_yield();
        return jobs_;
    }
    std::string check() override {
        for (auto &count : counts) {
            if (count.value.load() != jobs_) return "jobs were lost or run twice";
        }
        return {};
    }

  private:
    Pool pool;
    uint64_t jobs_;
    std::vector<bench::Padded<Count>> counts;
};

template <class Pool> bench::Contestant contestant(const char *name, uint64_t jobs) {
    return {name,
            [jobs](int threads) { return std::make_unique<Submitting<Pool>>(threads, jobs); }};
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "submit", {"libtbb-dev", "libtaskflow-cpp-dev"});
    for (int producers : {1, 8}) {
        uint64_t jobs = program.scaled(2000000, 2000) / static_cast<uint64_t>(producers);
        bench::Workload work = {"submit_" + std::to_string(producers),
                                "jobs from outside, producers",
                                producers,
                                0,
                                {},
                                {}};
        work.contestants = {contestant<Yoke>("yoke", jobs), contestant<Tbb>("tbb", jobs)};
        work.bars = {{1, {"tbb"}}};
#if HAS_TASKFLOW
        work.contestants.push_back(contestant<Taskflow>("taskflow", jobs));
        work.bars.push_back({1, {"taskflow"}});
#endif
        program.run(work);
    }
    return program.status();
}
