/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pool costs that has nothing to do: the processor time that its process uses in the second
 * after a problem was solved, in percent of one processor.
 */
#include <ctime>
#include <unistd.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/fib.hh"

namespace {

double processor() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "idle", bench::pool_peers());
    int n = fibonacci::scaled(34, program.options().scale);
    program.title("processor time of an idle pool of 2 threads, in percent of one processor");
    for (const auto &contestant : {bench::yoke_fib(n), bench::tbb_fib(n - 4)}) {
        if (!program.wants(contestant.name)) continue;
        auto trial = contestant.make(2);
        trial->prepare();
        bench::parallel(1, [&](int thread) { trial->work(thread); });
        double before = processor();
        usleep(1000000);
        double percent = (processor() - before) * 100;
        std::string wrong = trial->check();
        if (!wrong.empty()) {
            program.wrong("idle", contestant.name, wrong);
            continue;
        }
        program.figure("idle", contestant.name, {{"percent", percent}});
        if (contestant.name == "yoke") program.at_most("idle: percent of yoke", percent, 1);
    }
    return program.status();
}
