/* SPDX-License-Identifier: Apache-2.0
 *
 * The problems in OpenMP. The same source is compiled by g++ into the programs, for libgomp, and by
 * clang++ into the program pool_libomp.
 */
#ifndef BENCH_POOL_OMP_HH
#define BENCH_POOL_OMP_HH

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "perf/bench/common/driver.hh"

namespace omp {

uint64_t fib(int n, int threads);                          /* a task for each call */
uint64_t queens(int n, int grain, int times, int threads); /* for each row above `grain` */
uint64_t uts(int tree, int grain, int threads);            /* for each node above that depth */
enum Schedule { DYNAMIC, GUIDED };
void loop(uint32_t *out, size_t n, Schedule schedule, int chunk, int threads);

/* By words, as pool_libomp gets them: "fib N", "queens N GRAIN TIMES", "uts TREE GRAIN", "loop N
 * SCHEDULE CHUNK" (with the sum over `out` as the answer). `took`: for all but that sum. */
uint64_t solve(const std::vector<std::string> &words, int threads, bench::Elsewhere &took);

} // namespace omp
#endif
