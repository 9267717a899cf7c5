/* SPDX-License-Identifier: Apache-2.0
 *
 * One run of a trial on pinned threads, and what came of all runs of a contestant.
 */
#ifndef BENCH_COMMON_RUN_HH
#define BENCH_COMMON_RUN_HH

#include <functional>
#include <string>
#include <vector>

#include "perf/bench/common/driver.hh"

namespace bench {

struct Run {
    uint64_t operations = 0;
    double wall = 0;      /* seconds from the start of all to the end of the last */
    double processor = 0; /* seconds of processor time of all threads */
    double others = 0;    /* processors that other programs kept busy meanwhile */
    double rate() const { return static_cast<double>(operations) / wall; }
};

struct Outcome {
    std::string name;
    std::vector<Run> runs; /* without the round that warms up */
    std::string failure;   /* empty: all answers were right */
};

/* Runs all rounds; `log` is called after each run that counts. */
std::vector<Outcome> compete(const Workload &workload, const Options &options,
                             const std::function<void(const Outcome &, size_t round)> &log);

int rounds_of(const Workload &workload, const Options &options);
double duration_of(const Workload &workload, const Options &options);
/* How long it takes, in nanoseconds, to hand a line of memory from one processor to another: queues
 * and shared words depend on it, and in a virtual machine it changes with where the host puts the
 * processors. 0: there is one processor only. */
double line_transfer();

double median(std::vector<double> values);

} // namespace bench
#endif
