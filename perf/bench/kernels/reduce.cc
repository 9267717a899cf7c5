/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions of 10^8 doubles that lie in memory. An operation is an item.
 */
#include <cmath>
#include <execution>
#include <numeric>
#include <parallel/numeric>

#include "perf/bench/kernels/contest.hh"

namespace {

using Doubles = bench::Array<double>;

void fill(Doubles &items) {
    for (size_t i = 0; i < items.size(); i++) {
        uint64_t bits = i * 0x9E3779B97F4A7C15u;
        items[i] = static_cast<double>(bits >> 11) * 0x1p-53;
    }
}

/* Below a rounding of each addition. */
std::string near(double actual, double expected, size_t n) {
    double bound = static_cast<double>(n) * 0x1p-52 * std::fabs(expected);
    if (std::fabs(actual - expected) <= bound) return {};
    return "the result is " + std::to_string(actual) + ", not " + std::to_string(expected);
}

bench::Workload sums(const Doubles &x) {
    static double result;
    const double *begin = x.data(), *end = begin + x.size();
    size_t n = x.size();
    double expected = 0;
    for (const double *at = begin; at < end; at++) expected += *at;
    bench::Task task = {n, [] { result = 0; }, [=] { return near(result, expected, n); }, {}};
    bench::Workload work = {"sum", "the sum of doubles", 2, 0, {}, {}, 11};
    work.own_threads = true;
    auto simd = [=](int threads) {
        double sum = 0;
        const double *items = begin;
        size_t count = n;
#pragma omp parallel for simd num_threads(threads) reduction(+ : sum) schedule(static)
        for (size_t i = 0; i < count; i++) sum += items[i];
        result = sum;
    };
    work.contestants = {
        bench::on_openmp(task, simd, "omp simd"),
        bench::on_arena(
            task, [=] { result = std::reduce(std::execution::par, begin, end); },
            "tbb std::reduce"),
        bench::on_openmp(
            task, [=](int) { result = __gnu_parallel::accumulate(begin, end, 0.0); },
            "gnu parallel"),
        bench::on_likwid(bench::has_avx512() ? "load_avx512" : "load_avx", sizeof(double),
                         n * sizeof(double) / 1000000 + 1),
    };
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "reduce", bench::kernel_peers());
    Doubles x(program.scaled(100000000, 1000));
    fill(x);
    program.run(sums(x));
    return program.status();
}
