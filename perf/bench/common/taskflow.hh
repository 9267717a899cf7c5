/* SPDX-License-Identifier: Apache-2.0
 *
 * Taskflow as a peer, where its headers are there (HAS_TASKFLOW). Its workers are pinned, worker i
 * to processor i, and there before the clock starts.
 */
#ifndef BENCH_COMMON_TASKFLOW_HH
#define BENCH_COMMON_TASKFLOW_HH

#if __has_include(<taskflow/taskflow.hpp>)
#define HAS_TASKFLOW 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <taskflow/taskflow.hpp>

#include <taskflow/algorithm/pipeline.hpp>
#pragma GCC diagnostic pop

#include "perf/bench/common/driver.hh"

namespace bench {

class TaskflowPinning : public tf::WorkerInterface {
  public:
    void scheduler_prologue(tf::Worker &worker) override { pin(static_cast<int>(worker.id())); }
    void scheduler_epilogue(tf::Worker &, std::exception_ptr) override {}
};

class TaskflowPool : public tf::Executor {
  public:
    explicit TaskflowPool(int threads)
        : tf::Executor(static_cast<size_t>(threads), std::make_shared<TaskflowPinning>()) {}
};

/* One call of solve on another thread, which sleeps while the workers work. */
class OnTaskflow : public Trial {
  public:
    OnTaskflow(int members, uint64_t count, std::function<void(tf::Executor &)> solver)
        : threads(members), operations(count), solve(std::move(solver)) {}
    void prepare() override { pool = std::make_unique<TaskflowPool>(threads); }
    uint64_t work(int) override {
        solve(*pool);
        return operations;
    }
    std::string check() override {
        pool.reset();
        return {};
    }

  private:
    int threads;
    uint64_t operations;
    std::function<void(tf::Executor &)> solve;
    std::unique_ptr<TaskflowPool> pool;
};

inline Contestant on_taskflow(uint64_t operations, const std::function<void(tf::Executor &)> &solve,
                              const std::string &name = "taskflow") {
    return {name,
            [=](int threads) { return std::make_unique<OnTaskflow>(threads, operations, solve); }};
}

} // namespace bench
#else
#define HAS_TASKFLOW 0
#endif
#endif
