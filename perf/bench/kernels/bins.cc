/* SPDX-License-Identifier: Apache-2.0
 *
 * Histograms of 5 x 10^7 items that lie in memory: doubles that are uniform, and that nearly all
 * lie in one bin; 32-bit integers. A run counts all of them several times, so that it is long
 * beside the start of its threads. An operation is an item. Counts are compared after each run.
 */
#include <algorithm>
#include <cstring>
#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "perf/bench/kernels/contest.hh"
#include "yoke/bins.h"
#include "yoke/random.h"

namespace {

using Counts = std::vector<uint64_t>;

constexpr int PASSES = 4;

void must(int status) {
    if (status != YOKE_OK) abort();
}

/* Even bins from low to below high; all items are in one. */
template <class T> struct Bins {
    const T *from;
    size_t n, bins;
    T low, high;
    double scale;
    Bins(const T *items, size_t count, size_t wanted, T first, T last)
        : from(items), n(count), bins(wanted), low(first), high(last),
          scale(static_cast<double>(wanted) / (static_cast<double>(last) - first)) {}
    size_t of(T x) const { return static_cast<size_t>(static_cast<double>(x - low) * scale); }
};

/* Each thread has a table, and they are added up under a lock. */
template <class T> void with_copies(const Bins<T> &b, Counts &counts, int threads) {
    std::fill(counts.begin(), counts.end(), 0);
    uint64_t *sums = counts.data();
#pragma omp parallel num_threads(threads)
    {
        Counts mine(b.bins);
#pragma omp for schedule(static)
        for (size_t i = 0; i < b.n; i++) mine[b.of(b.from[i])]++;
#pragma omp critical
        for (size_t i = 0; i < b.bins; i++) sums[i] += mine[i];
    }
}

template <class T> void with_reduction(const Bins<T> &b, Counts &counts, int threads) {
    std::fill(counts.begin(), counts.end(), 0);
    uint64_t *sums = counts.data();
    size_t bins = b.bins;
#pragma omp parallel for schedule(static) num_threads(threads) reduction(+ : sums[:bins])
    for (size_t i = 0; i < b.n; i++) sums[b.of(b.from[i])]++;
}

template <class T> void with_atomics(const Bins<T> &b, Counts &counts, int threads) {
    std::fill(counts.begin(), counts.end(), 0);
    uint64_t *sums = counts.data();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < b.n; i++) {
#pragma omp atomic
        sums[b.of(b.from[i])]++;
    }
}

template <class T> void with_tbb(const Bins<T> &b, Counts &counts) {
    tbb::enumerable_thread_specific<Counts> tables(Counts(b.bins));
    tbb::parallel_for(tbb::blocked_range<size_t>(0, b.n), [&](const auto &range) {
        Counts &mine = tables.local();
        for (size_t i = range.begin(); i < range.end(); i++) mine[b.of(b.from[i])]++;
    });
    std::fill(counts.begin(), counts.end(), 0);
    for (Counts &table : tables)
        for (size_t i = 0; i < b.bins; i++) counts[i] += table[i];
}

int count_even(const Bins<double> &b, uint64_t *counts, const yoke_run *run) {
    return yoke_bins_even_f64(b.from, b.n, b.low, b.high, b.bins, counts, nullptr, run);
}

int count_even(const Bins<uint32_t> &b, uint64_t *counts, const yoke_run *run) {
    return yoke_bins_even_u32(b.from, b.n, b.low, b.high, b.bins, counts, nullptr, run);
}

template <class T>
void contest(bench::Program &program, const std::string &name, const std::string &title,
             const Bins<T> &b, yoke_scratch *scratch) {
    Counts counts(b.bins), right(b.bins);
    for (size_t i = 0; i < b.n; i++) right[b.of(b.from[i])]++;
    bench::Task task = {PASSES * b.n,
                        [&] { std::fill(counts.begin(), counts.end(), 1); },
                        [&] { return std::string(counts == right ? "" : "other counts"); },
                        {}};
    bench::Workload work = {name, title, 2, 0, {}, {}, 11};
    work.own_threads = true;
    auto again = [](auto pass) {
        return [=](int threads) {
            for (int i = 0; i < PASSES; i++) pass(threads);
        };
    };
    auto yoke = [&](int threads) {
        yoke_run run = {};
        run.threads = threads;
        run.scratch = scratch;
        must(count_even(b, counts.data(), &run));
    };
    auto copies = [&](int threads) { with_copies(b, counts, threads); };
    auto reduction = [&](int threads) { with_reduction(b, counts, threads); };
    auto atomics = [&](int threads) { with_atomics(b, counts, threads); };
    auto tbb = [&] {
        for (int i = 0; i < PASSES; i++) with_tbb(b, counts);
    };
    work.contestants = {bench::on_openmp(task, again(yoke)),
                        bench::on_openmp(task, again(copies), "omp private copies"),
                        bench::on_openmp(task, again(reduction), "omp reduction"),
                        bench::on_openmp(task, again(atomics), "omp atomic"),
                        bench::on_arena(task, tbb, "tbb private copies")};
    work.bars = {{1, {"omp private copies", "omp reduction", "omp atomic"}}};
    if (program.wants_workload(name, 2)) program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "bins", bench::kernel_peers());
    size_t n = program.scaled(50000000, 1000);
    bench::Array<double> x(n);
    bench::Array<uint32_t> k(n);
    yoke_scratch scratch = {};
    must(yoke_random_fill_f64({1, 0}, 0, x.data(), n, nullptr));
    must(yoke_random_fill_u32({2, 0}, 0, k.data(), n, nullptr));
    for (uint32_t &item : k) item &= (1u << 30) - 1;
    uint32_t most = 1u << 30;
    contest<double>(program, "f64_256", "256 bins of doubles, 2 threads", {x.data(), n, 256, 0, 1},
                    &scratch);
    contest<double>(program, "f64_65536", "65,536 bins of doubles, 2 threads",
                    {x.data(), n, 65536, 0, 1}, &scratch);
    contest<uint32_t>(program, "u32_256", "256 bins of 32-bit integers, 2 threads",
                      {k.data(), n, 256, 0, most}, &scratch);
    contest<uint32_t>(program, "u32_65536", "65,536 bins of 32-bit integers, 2 threads",
                      {k.data(), n, 65536, 0, most}, &scratch);
    for (double &item : x)
        if (item < 0.9) item = 0.5;
    contest<double>(program, "crowded_256", "256 bins, 90 % of the doubles in one, 2 threads",
                    {x.data(), n, 256, 0, 1}, &scratch);
    contest<double>(program, "crowded_65536", "65,536 bins, 90 % of the doubles in one, 2 threads",
                    {x.data(), n, 65536, 0, 1}, &scratch);
    yoke_scratch_fini(&scratch);
    return program.status();
}
