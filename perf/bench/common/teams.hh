/* SPDX-License-Identifier: Apache-2.0
 *
 * Contestants that bring threads of their own: a yoke pool, oneTBB, and the OpenMP runtimes of gcc
 * and clang.
 *
 * Each run solves one problem with as many threads as the workload has, thread i on processor i:
 * left alone, a new thread may stay on the processor of its maker for longer than a run lasts.
 * Yoke's and oneTBB's threads are there before the clock starts. The team of libgomp belongs to the
 * thread that opens it and so is made within the run, in less than a thousandth of its time. Two
 * OpenMP runtimes cannot share a process, so libomp's runs are those of a program beside this one
 * (libomp.cc), which says how long it took.
 */
#ifndef BENCH_COMMON_TEAMS_HH
#define BENCH_COMMON_TEAMS_HH

#include <functional>
#include <string>
#include <vector>

#include "perf/bench/common/driver.hh"
#include "yoke/pool.h"

namespace bench {

/* A problem, or a size of it: what counts as an operation is the workload's business. */
struct Problem {
    uint64_t operations;
    uint64_t answer;
};

/* A pool of so many workers, pinned. */
class YokePool {
  public:
    explicit YokePool(int workers);
    ~YokePool() { yoke_pool_destroy(pool); }
    YokePool(const YokePool &) = delete;
    YokePool &operator=(const YokePool &) = delete;
    uint64_t solve(const std::function<uint64_t(yoke_worker *)> &fn);

  private:
    yoke_pool *pool = nullptr;
};

Contestant on_yoke(const Problem &problem, std::function<uint64_t(yoke_worker *)> fn,
                   const std::string &name = "yoke");
/* fn is called inside an arena of so many threads. */
Contestant on_tbb(const Problem &problem, std::function<uint64_t()> fn,
                  const std::string &name = "tbb");
/* fn opens the parallel region. */
Contestant on_libgomp(const Problem &problem, std::function<uint64_t(int threads)> fn,
                      const std::string &name = "libgomp");
/* The words of omp::solve (omp.hh). */
Contestant on_libomp(const Problem &problem, const std::vector<std::string> &words,
                     const std::string &name = "libomp");

/* The packages of these peers. */
std::vector<std::string> pool_peers();

} // namespace bench
#endif
