/* SPDX-License-Identifier: Apache-2.0
 *
 * The Fibonacci numbers by their definition, where each call is a task that does next to nothing.
 */
#include "perf/bench/pool/fib.hh"

#include <tbb/task_group.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/omp.hh"
#include "perf/bench/pool/problems.hh"

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

} // namespace

namespace bench {

Contestant yoke_fib(int n) {
    return on_yoke(problem(n), [=](yoke_worker *worker) { return ::yoke_fib(worker, n); });
}

Contestant tbb_fib(int n) {
    return on_tbb(problem(n), [=] { return ::tbb_fib(n); });
}

Contestant libgomp_fib(int n) {
    return on_libgomp(problem(n), [=](int threads) { return omp::fib(n, threads); });
}

Contestant libomp_fib(int n) { return on_libomp(problem(n), {"fib", std::to_string(n)}); }

} // namespace bench
