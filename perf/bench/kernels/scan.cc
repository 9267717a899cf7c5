/* SPDX-License-Identifier: Apache-2.0
 *
 * Prefix sums of 10^8 doubles from one array into another, beside the bandwidth of two reads and a
 * write, which likwid-bench's triad has in the same rounds. An operation is an item.
 */
#include <cmath>
#include <execution>
#include <numeric>
#include <parallel/numeric>

#include "perf/bench/kernels/contest.hh"
#include "yoke/scan.h"

namespace {

struct Problem {
    const double *in;
    double *out;
    size_t n;
};

/* The items are 1, 2, ... 7, 1, ... so the sums are whole numbers and exact: 28 for each seven
 * items before, and those of the seven at hand. */
std::string wrong(const Problem &p, bool exclusive) {
    static const double of_seven[] = {0, 1, 3, 6, 10, 15, 21};
    double before = 0;
    size_t items = !exclusive;
    for (size_t i = 0; i < p.n; i++) {
        double expected = before + of_seven[items];
        if (++items == 7) items = 0, before += 28;
        if (p.out[i] == expected) continue;
        return "result " + std::to_string(i) + " is " + std::to_string(p.out[i]) + ", not " +
               std::to_string(expected);
    }
    return {};
}

using Call = int (*)(const double *, double *, size_t, const yoke_run *);

bench::Workload begin(const Problem &p, bool exclusive) {
    std::string name = exclusive ? "exclusive scan" : "inclusive scan";
    bench::Task task = {p.n, {}, [=] { return wrong(p, exclusive); }, {}, 4};
    Call call = exclusive ? yoke_exclusive_scan_f64 : yoke_inclusive_scan_f64;
    bench::Workload work = {name, name + " of doubles", 2, 0, {}, {}, 11};
    work.own_threads = true;
    auto yoke = [=](int threads) {
        yoke_run run = {};
        run.threads = threads;
        if (call(p.in, p.out, p.n, &run) < 0) fprintf(stderr, "bench: %s\n", yoke_error_detail());
    };
    auto tbb = [=] {
        if (exclusive)
            std::exclusive_scan(std::execution::par, p.in, p.in + p.n, p.out, 0.0);
        else
            std::inclusive_scan(std::execution::par, p.in, p.in + p.n, p.out);
    };
    std::string triad = bench::has_avx512() ? "stream_avx512" : "stream_avx";
    work.contestants = {bench::on_openmp(task, yoke), bench::on_arena(task, tbb, "std par (tbb)"),
                        bench::on_likwid(triad, 24, p.n * 24 / 1000000 + 1)};
    work.bars = {{0.8, {"likwid " + triad}}, {1, {"std par (tbb)"}}};
    if (exclusive) return work;
    auto gnu = [=](int) { __gnu_parallel::partial_sum(p.in, p.in + p.n, p.out); };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" /* of gcc's own copy of the sum */
    auto omp = [=](int threads) {
        const double *in = p.in;
        double *out = p.out, sum = 0;
        size_t n = p.n;
#pragma omp parallel for num_threads(threads) reduction(inscan, + : sum)
        for (size_t i = 0; i < n; i++) {
            sum += in[i];
#pragma omp scan inclusive(sum)
            out[i] = sum;
        }
    };
#pragma GCC diagnostic pop
    work.contestants.push_back(bench::on_openmp(task, gnu, "gnu parallel"));
    work.contestants.push_back(bench::on_openmp(task, omp, "omp scan"));
    work.bars.push_back({1, {"gnu parallel", "omp scan"}});
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "scan", bench::kernel_peers());
    size_t n = program.scaled(100000000, 1000);
    bench::Array<double> in(n), out(n);
    for (size_t i = 0; i < n; i++) in[i] = static_cast<double>(i % 7 + 1);
    Problem problem = {in.data(), out.data(), n};
    program.run(begin(problem, false));
    program.run(begin(problem, true));
    return program.status();
}
