/* SPDX-License-Identifier: Apache-2.0
 *
 * Fibonacci numbers, a task for each call. An operation is a spawn with its join.
 */
#ifndef BENCH_POOL_FIB_HH
#define BENCH_POOL_FIB_HH

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/problems.hh"

namespace bench {

Contestant yoke_fib(int n);
Contestant tbb_fib(int n);
Contestant libgomp_fib(int n);
Contestant libomp_fib(int n);

} // namespace bench
#endif
