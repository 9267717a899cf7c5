/* SPDX-License-Identifier: Apache-2.0
 *
 * What a task costs: the Fibonacci numbers by their definition, where each call is a task that does
 * next to nothing. Slow contestants get smaller numbers, so that all runs take about as long.
 */
#include "perf/bench/pool/fib.hh"

namespace {

bench::Workload make(const bench::Program &program, int threads) {
    auto sized = [&](int n) { return fibonacci::scaled(n, program.options().scale); };
    bench::Workload work = {"fib_" + std::to_string(threads),
                            "Fibonacci numbers, a task for each call",
                            threads,
                            0,
                            {},
                            {}};
    work.own_threads = true;
    work.contestants = {
        bench::yoke_fib(sized(38)),
        bench::tbb_fib(sized(30)),
        bench::libgomp_fib(sized(29)),
        bench::libomp_fib(sized(28)),
    };
    if (threads == 2) work.bars = {{15, {"tbb"}}, {100, {"libgomp"}}};
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "fib", bench::pool_peers());
    for (int threads : {1, 2}) {
        auto rates = program.run(make(program, threads));
        if (rates.count("yoke")) {
            program.at_most("fib_" + std::to_string(threads) + ": nanoseconds for a spawn and join",
                            1e9 / rates["yoke"], threads == 1 ? 5 : 4);
        }
    }
    return program.status();
}
