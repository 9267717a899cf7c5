/* SPDX-License-Identifier: Apache-2.0
 *
 * Solves one problem with clang's OpenMP runtime, for teams.cc, which runs it:
 *   pool_libomp THREADS WORD...      the words of omp::solve
 * Prints the answer, and the seconds of wall and processor time that it took.
 */
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "perf/bench/pool/omp.hh"

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int threads = atoi(argv[1]);
    bench::Elsewhere took;
    bench::processors();   /* before the first thread is pinned */
    omp::fib(10, threads); /* makes the team */
    uint64_t answer = omp::solve({argv + 2, argv + argc}, threads, took);
    printf("%" PRIu64 " %.9f %.9f\n", answer, took.wall, took.processor);
    return 0;
}
