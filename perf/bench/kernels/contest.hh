/* SPDX-License-Identifier: Apache-2.0
 *
 * Contestants that work on arrays with an OpenMP team: yoke's kernels, loops by hand, libstdc++'s
 * parallel mode. oneTBB's are those of perf/bench/common/teams.hh.
 *
 * Each run happens on a fresh thread whose team is made and pinned, thread i on processor i, before
 * the work begins; with the clock running, for less than a millisecond. Arrays are touched before
 * any run, each page by the thread that a static schedule gives it to, so memory is warm.
 */
#ifndef BENCH_KERNELS_CONTEST_HH
#define BENCH_KERNELS_CONTEST_HH

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "perf/bench/common/teams.hh"
#include "yoke/memory.h"

namespace bench {

/* What one run does. */
struct Task {
    uint64_t operations;                 /* mostly items */
    std::function<void()> prepare;       /* before each run; may be empty */
    std::function<std::string()> check;  /* after each: what was wrong; may be empty */
    std::function<std::string()> review; /* after the last round, for dear checks; may be empty */
    int passes = 1; /* the work is done so often in a run, so that short work is measured well */
};

/* fn(threads) opens parallel regions, or calls what does. */
Contestant on_openmp(const Task &task, const std::function<void(int)> &fn,
                     const std::string &name = "yoke");
/* fn() is called inside an arena of so many threads. */
Contestant on_arena(const Task &task, const std::function<void()> &fn,
                    const std::string &name = "tbb");
/* Any other contestant with the task's preparations and checks. */
Contestant tasked(const Contestant &inner, const Task &task);
/* The bandwidth of one of likwid-bench's kernels as operations of `bytes` each, on arrays of
 * `megabytes` together; without likwid-bench its answer counts as wrong. Its name is "likwid
 * KERNEL". */
Contestant on_likwid(const std::string &kernel, double bytes, size_t megabytes,
                     int iterations = 10);

/* The packages of these peers. */
std::vector<std::string> kernel_peers();

/* Whether the processor's widest vectors are those of AVX-512. */
bool has_avx512();

/* Memory for n items, never initialised by a constructor, touched by a pinned team. */
void *touched(size_t bytes);

template <class T> class Array {
  public:
    explicit Array(size_t n) : items(static_cast<T *>(touched(n * sizeof(T)))), count(n) {}
    ~Array() { yoke_aligned_free(items); }
    Array(const Array &) = delete;
    Array &operator=(const Array &) = delete;
    T *data() { return items; }
    const T *data() const { return items; }
    size_t size() const { return count; }
    T &operator[](size_t i) { return items[i]; }
    const T &operator[](size_t i) const { return items[i]; }
    T *begin() { return items; }
    T *end() { return items + count; }

  private:
    T *items;
    size_t count;
};

} // namespace bench
#endif
