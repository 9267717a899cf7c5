/* SPDX-License-Identifier: Apache-2.0
 *
 * Solves one problem with clang's OpenMP runtime, for teams.cc, which runs it:
 *   pool_libomp THREADS WORD...      the words of omp::solve
 * Prints the answer, and the seconds of wall and processor time that it took.
 */
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "perf/bench/pool/omp.hh"

static double processor() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int threads = atoi(argv[1]);
    double seconds = 0;
    omp::fib(10, threads); /* makes the team */
    double before = processor();
    uint64_t answer = omp::solve({argv + 2, argv + argc}, threads, seconds);
    printf("%" PRIu64 " %.9f %.9f\n", answer, seconds, processor() - before);
    return 0;
}
