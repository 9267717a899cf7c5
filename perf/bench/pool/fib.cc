/* SPDX-License-Identifier: Apache-2.0
 *
 * What a task costs: the Fibonacci numbers by their definition, where each call is a task that does
 * next to nothing. An operation is a spawn with its join. Slow contestants get smaller numbers, so
 * that all runs take about as long.
 */
#include <tbb/task_group.h>

#include "perf/bench/pool/omp.hh"
#include "perf/bench/pool/problems.hh"
#include "perf/bench/pool/teams.hh"

namespace {

struct Fib {
    yoke_task task; /* first */
    int n;
    uint64_t result;
};

void run(yoke_worker *worker, yoke_task *task);

/* The field is set by itself: an initialiser would clear the whole frame. */
uint64_t yoke_fib(yoke_worker *worker, int n) {
    if (n < 2) return n;
    Fib a;
    a.n = n - 1;
    yoke_spawn(worker, &a.task, run);
    uint64_t b = yoke_fib(worker, n - 2);
    yoke_sync(worker, &a.task);
    return a.result + b;
}

void run(yoke_worker *worker, yoke_task *task) {
    auto *f = reinterpret_cast<Fib *>(task);
    f->result = yoke_fib(worker, f->n);
}

uint64_t tbb_fib(int n) {
    if (n < 2) return n;
    uint64_t a, b;
    tbb::task_group group;
    group.run([&a, n] { a = tbb_fib(n - 1); });
    b = tbb_fib(n - 2);
    group.wait();
    return a + b;
}

bench::Problem problem(int n) { return {fibonacci::tasks(n), fibonacci::number(n)}; }

bench::Workload make(const bench::Program &program, int threads) {
    auto sized = [&](int n) { return fibonacci::scaled(n, program.options().scale); };
    int yokes = sized(38), tbbs = sized(30), gomps = sized(29), omps = sized(28);
    bench::Workload work = {"fib_" + std::to_string(threads),
                            "Fibonacci numbers, a task for each call",
                            threads,
                            0,
                            {},
                            {}};
    work.own_threads = true;
    work.contestants = {
        bench::on_yoke(problem(yokes), [=](yoke_worker *w) { return yoke_fib(w, yokes); }),
        bench::on_tbb(problem(tbbs), [=] { return tbb_fib(tbbs); }),
        bench::on_libgomp(problem(gomps), [=](int n) { return omp::fib(gomps, n); }),
        bench::on_libomp(problem(omps), {"fib", std::to_string(omps)}),
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
