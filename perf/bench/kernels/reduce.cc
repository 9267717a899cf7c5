/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions of 10^8 doubles that lie in memory, beside the bandwidth of reading it, which
 * likwid-bench measures in the same rounds. An operation is an item, or a pair of items.
 */
#include <cmath>
#include <execution>
#include <numeric>
#include <parallel/algorithm>
#include <parallel/numeric>

#include "perf/bench/kernels/contest.hh"
#include "yoke/reduce.h"

namespace {

using Doubles = bench::Array<double>;

/* From 0 to 1, in a random order. */
void fill(Doubles &items, uint64_t seed) {
    for (size_t i = 0; i < items.size(); i++) {
        uint64_t bits = (i + seed) * 0x9E3779B97F4A7C15u;
        bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
        items[i] = static_cast<double>((bits ^ bits >> 27) >> 11) * 0x1p-53;
    }
}

/* The data, and where contestants put their results. */
struct Problem {
    const double *x, *y;
    size_t n;
    double result, expected;
    double tolerance; /* relative */
};

std::string wrong(const Problem *p) {
    if (std::fabs(p->result - p->expected) <= p->tolerance * std::fabs(p->expected)) return {};
    return "the result is " + std::to_string(p->result) + ", not " + std::to_string(p->expected);
}

bench::Task task_of(Problem *p) {
    return {p->n, [=] { p->result = NAN; }, [=] { return wrong(p); }, {}, 10};
}

int failed(int status) {
    if (status < 0) fprintf(stderr, "bench: %s\n", yoke_error_detail());
    return status < 0;
}

using Call = std::function<int(const Problem *, double *result, const yoke_run *run)>;

bench::Contestant yoke(Problem *p, const Call &call, yoke_repro repro, const std::string &name) {
    auto work = [=](int threads) {
        yoke_run run = {};
        run.threads = threads;
        run.repro = repro;
        if (failed(call(p, &p->result, &run))) p->result = NAN;
    };
    return bench::on_openmp(task_of(p), work, name);
}

bench::Workload begin(const std::string &name, const std::string &title, Problem *p, double bytes,
                      const Call &call, bool exact) {
    std::string load = bench::has_avx512() ? "load_avx512" : "load_avx";
    bench::Workload work = {name, title, 2, 0, {}, {}, 11};
    work.own_threads = true;
    work.contestants = {yoke(p, call, YOKE_REPRO_ANY_THREADS, "yoke"),
                        yoke(p, call, YOKE_REPRO_FAST, "yoke fast"),
                        bench::on_likwid(load, bytes, p->n * 8 / 1000000 + 1)};
    work.bars = {{0.9, {"likwid " + load}}, {0.97, {"yoke fast"}}};
    if (!exact) return work;
    work.contestants.push_back(yoke(p, call, YOKE_REPRO_EXACT, "yoke exact"));
    work.bars.push_back({0.4, {"yoke"}, "yoke exact"});
    return work;
}

void add_peers(bench::Workload &work, Problem *p, const std::function<void(int)> &simd,
               const std::function<void()> &tbb, const std::function<void()> &gnu) {
    bench::Task task = task_of(p);
    work.contestants.push_back(bench::on_openmp(task, simd, "omp simd"));
    work.contestants.push_back(bench::on_arena(task, tbb, "std par (tbb)"));
    if (gnu)
        work.contestants.push_back(bench::on_openmp(
            task, [=](int) { gnu(); }, "gnu parallel"));
}

/* ---- the problems */

bench::Workload sums(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        return yoke_sum_f64(of->x, of->n, result, run);
    };
    auto work = begin("sum", "the sum of doubles", p, 8, call, true);
    auto simd = [=](int threads) {
        const double *x = p->x;
        size_t n = p->n;
        double sum = 0;
#pragma omp parallel for simd num_threads(threads) reduction(+ : sum) schedule(static)
        for (size_t i = 0; i < n; i++) sum += x[i];
        p->result = sum;
    };
    add_peers(
        work, p, simd, [=] { p->result = std::reduce(std::execution::par, p->x, p->x + p->n); },
        [=] { p->result = __gnu_parallel::accumulate(p->x, p->x + p->n, 0.0); });
    return work;
}

bench::Workload dots(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        return yoke_dot_f64(of->x, of->y, of->n, result, run);
    };
    auto work = begin("dot", "the dot product of doubles", p, 16, call, true);
    auto simd = [=](int threads) {
        const double *x = p->x, *y = p->y;
        size_t n = p->n;
        double sum = 0;
#pragma omp parallel for simd num_threads(threads) reduction(+ : sum) schedule(static)
        for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
        p->result = sum;
    };
    add_peers(
        work, p, simd,
        [=] {
            p->result = std::transform_reduce(std::execution::par, p->x, p->x + p->n, p->y, 0.0);
        },
        [=] { p->result = __gnu_parallel::inner_product(p->x, p->x + p->n, p->y, 0.0); });
    return work;
}

bench::Workload minima(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        return yoke_min_f64(of->x, of->n, result, run);
    };
    auto work = begin("min", "the least of doubles", p, 8, call, false);
    auto simd = [=](int threads) {
        const double *x = p->x;
        size_t n = p->n;
        double least = INFINITY;
#pragma omp parallel for simd num_threads(threads) reduction(min : least) schedule(static)
        for (size_t i = 0; i < n; i++) least = x[i] < least ? x[i] : least;
        p->result = least;
    };
    add_peers(
        work, p, simd,
        [=] { p->result = *std::min_element(std::execution::par, p->x, p->x + p->n); },
        [=] { p->result = *__gnu_parallel::min_element(p->x, p->x + p->n); });
    return work;
}

bench::Workload maxima(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        return yoke_max_f64(of->x, of->n, result, run);
    };
    auto work = begin("max", "the greatest of doubles", p, 8, call, false);
    auto simd = [=](int threads) {
        const double *x = p->x;
        size_t n = p->n;
        double most = -INFINITY;
#pragma omp parallel for simd num_threads(threads) reduction(max : most) schedule(static)
        for (size_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
        p->result = most;
    };
    add_peers(
        work, p, simd,
        [=] { p->result = *std::max_element(std::execution::par, p->x, p->x + p->n); },
        [=] { p->result = *__gnu_parallel::max_element(p->x, p->x + p->n); });
    return work;
}

/* The place of the least: the result is an index. */
bench::Workload places(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        size_t place = 0;
        int status = yoke_argmin_f64(of->x, of->n, &place, run);
        *result = static_cast<double>(place);
        return status;
    };
    auto work = begin("argmin", "the place of the least of doubles", p, 8, call, false);
    auto omp = [=](int threads) {
        const double *x = p->x;
        size_t n = p->n, first = 0;
#pragma omp parallel num_threads(threads)
        {
            size_t mine = 0;
#pragma omp for schedule(static)
            for (size_t i = 0; i < n; i++) mine = x[i] < x[mine] ? i : mine;
#pragma omp critical
            if (x[mine] < x[first] || (x[mine] == x[first] && mine < first)) first = mine;
        }
        p->result = static_cast<double>(first);
    };
    auto index = [=](const double *at) { p->result = static_cast<double>(at - p->x); };
    bench::Task task = task_of(p);
    work.contestants.push_back(bench::on_openmp(task, omp, "omp for"));
    work.contestants.push_back(bench::on_arena(
        task, [=] { index(std::min_element(std::execution::par, p->x, p->x + p->n)); },
        "std par (tbb)"));
    work.contestants.push_back(bench::on_openmp(
        task, [=](int) { index(__gnu_parallel::min_element(p->x, p->x + p->n)); }, "gnu parallel"));
    return work;
}

bench::Workload variances(Problem *p) {
    auto call = [](const Problem *of, double *result, const yoke_run *run) {
        yoke_moments moments = {};
        int status = yoke_mean_variance_f64(of->x, of->n, &moments, run);
        *result = yoke_moments_variance(&moments, 1);
        return status;
    };
    auto work = begin("variance", "mean and variance of doubles", p, 8, call, true);
    auto two_sums = [=](int threads) { /* what cancels when the mean is large */
                                       const double *x = p->x;
                                       size_t n = p->n;
                                       double sum = 0, squares = 0;
#pragma omp parallel for simd num_threads(threads) reduction(+ : sum, squares) schedule(static)
                                       for (size_t i = 0; i < n; i++) {
                                           sum += x[i];
                                           squares += x[i] * x[i];
                                       }
                                       double count = static_cast<double>(n);
                                       p->result = (squares - sum * sum / count) / (count - 1);
    };
    auto twice = [=] {
        double count = static_cast<double>(p->n);
        double mean = std::reduce(std::execution::par, p->x, p->x + p->n) / count;
        auto square = [=](double x) { return (x - mean) * (x - mean); };
        p->result = std::transform_reduce(std::execution::par, p->x, p->x + p->n, 0.0,
                                          std::plus<>(), square) /
                    (count - 1);
    };
    add_peers(work, p, two_sums, twice, {});
    return work;
}

/* The answers; sums in extended precision. */
struct Answers {
    Problem sum, dot, least, most, place, variance;
};

Answers solve(const Problem &p) {
    Answers all = {p, p, p, p, p, p};
    long double total = 0, products = 0, squares = 0;
    size_t least = 0, most = 0;
    for (size_t i = 0; i < p.n; i++) {
        total += p.x[i];
        products += static_cast<long double>(p.x[i]) * p.y[i];
        least = p.x[i] < p.x[least] ? i : least;
        most = p.x[i] > p.x[most] ? i : most;
    }
    long double count = static_cast<long double>(p.n), mean = total / count;
    for (size_t i = 0; i < p.n; i++) squares += (p.x[i] - mean) * (p.x[i] - mean);
    all.sum.expected = static_cast<double>(total);
    all.dot.expected = static_cast<double>(products);
    all.least.expected = p.x[least];
    all.most.expected = p.x[most];
    all.place.expected = static_cast<double>(least);
    all.variance.expected = static_cast<double>(squares / (count - 1));
    all.sum.tolerance = all.dot.tolerance = all.variance.tolerance = 1e-9;
    return all;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "reduce", bench::kernel_peers());
    size_t n = program.scaled(100000000, 1000);
    Doubles x(n), y(n);
    fill(x, 1);
    fill(y, 2);
    Answers all = solve({x.data(), y.data(), n, 0, 0, 0});
    program.run(sums(&all.sum));
    program.run(dots(&all.dot));
    program.run(minima(&all.least));
    program.run(maxima(&all.most));
    program.run(places(&all.place));
    program.run(variances(&all.variance));
    return program.status();
}
