/* SPDX-License-Identifier: Apache-2.0
 *
 * The resident memory of a process that has found a Fibonacci number, a task for each call, with
 * two workers. Each contestant is a child of this process, forked before anything has a thread;
 * what it has at its start, the pages of the shared libraries among it, counts too.
 */
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/fib.hh"

namespace {

double resident() {
    long pages = 0, all = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return 0;
    if (fscanf(file, "%ld %ld", &all, &pages) != 2) pages = 0;
    fclose(file);
    return static_cast<double>(pages * sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Sizes {
    double start, end;
    bool right;
};

/* Runs one contestant once in a child. */
Sizes measure(const bench::Contestant &contestant) {
    int ends[2];
    Sizes sizes = {};
    if (pipe(ends) != 0) return sizes;
    if (fork() == 0) {
        sizes.start = resident();
        auto trial = contestant.make(2);
        trial->prepare();
        trial->work(0);
        sizes.end = resident();
        sizes.right = trial->check().empty();
        _exit(write(ends[1], &sizes, sizeof sizes) != sizeof sizes);
    }
    close(ends[1]);
    if (read(ends[0], &sizes, sizeof sizes) != sizeof sizes) sizes.right = false;
    close(ends[0]);
    wait(nullptr);
    return sizes;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "memory", bench::pool_peers());
    int n = fibonacci::scaled(34, program.options().scale);
    bench::processors(); /* before a thread is pinned */
    program.title("megabytes resident after Fibonacci numbers, 2 threads");
    for (const auto &contestant :
         {bench::yoke_fib(n), bench::tbb_fib(n - 4), bench::libgomp_fib(n - 8)}) {
        if (!program.wants(contestant.name)) continue;
        Sizes sizes = measure(contestant);
        if (!sizes.right) {
            program.wrong("memory", contestant.name, "the answer is wrong");
            continue;
        }
        program.figure("memory", contestant.name, {{"start", sizes.start}, {"end", sizes.end}});
        if (contestant.name == "yoke") {
            program.at_most("memory: megabytes of yoke with 2 workers", sizes.end, 8);
        }
    }
    return program.status();
}
