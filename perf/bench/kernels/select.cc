/* SPDX-License-Identifier: Apache-2.0
 *
 * Selecting from 5 x 10^7 doubles that lie in memory. An operation is an item of input. Outputs are
 * compared with those of the serial algorithms after each run. The partitions of the peers in place
 * are not stable; yoke's is, and goes to another array.
 */
#include <algorithm>
#include <cstring>
#include <execution>
#include <omp.h>
#include <parallel/algorithm>

#include "perf/bench/kernels/contest.hh"
#include "yoke/random.h"
#include "yoke/select.h"

namespace {

using Doubles = bench::Array<double>;

/* What came out of the last run, and what should have. */
struct Output {
    Doubles &to;
    size_t count = 0, expected = 0;
    std::vector<double> right;

    explicit Output(Doubles &items) : to(items) {}
    void expect(const double *begin, const double *end) { right.assign(begin, end); }
    std::string check() const {
        if (count != expected)
            return std::to_string(count) + " items, not " + std::to_string(expected);
        if (memcmp(to.data(), right.data(), right.size() * sizeof(double))) return "other items";
        return {};
    }
};

void must(int status) {
    if (status != YOKE_OK) abort();
}

yoke_run with_threads(int threads, yoke_scratch *scratch) {
    yoke_run run = {};
    run.threads = threads;
    run.scratch = scratch;
    return run;
}

bool small(double x) { return x < 0.5; }

/* Each thread counts its share, then copies it. */
size_t select_by_hand(const Doubles &x, Doubles &to, int threads) {
    std::vector<bench::Padded<size_t>> counts(static_cast<size_t>(threads) + 1);
    size_t n = x.size();
    const double *from = x.data();
    double *into = to.data();
#pragma omp parallel num_threads(threads)
    {
        auto me = static_cast<size_t>(omp_get_thread_num()), count = size_t{0};
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) count += small(from[i]);
        counts[me + 1].value = count;
#pragma omp barrier
        size_t at = 0;
        for (size_t i = 0; i <= me; i++) at += counts[i].value;
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++)
            if (small(from[i])) into[at++] = from[i];
    }
    size_t sum = 0;
    for (auto &count : counts) sum += count.value;
    return sum;
}

bench::Workload contest(const std::string &name, const std::string &title) {
    bench::Workload work = {name, title, 2, 0, {}, {}, 11};
    work.own_threads = true;
    return work;
}

void finish(bench::Workload &work) {
    std::vector<std::string> peers;
    for (size_t i = 1; i < work.contestants.size(); i++) peers.push_back(work.contestants[i].name);
    work.bars = {{1, peers}};
}

/* Half of them, at random places. */
bench::Workload selecting(const Doubles &x, Output &out, yoke_scratch *scratch) {
    const double *begin = x.data(), *end = begin + x.size();
    double *to = out.to.data();
    out.expected = static_cast<size_t>(std::copy_if(begin, end, to, small) - to);
    out.expect(to, to + out.expected);
    bench::Task task = {x.size(), [&] { out.count = 0; }, [&] { return out.check(); }, {}};
    bench::Workload work = contest("select", "select the half below a value, 2 threads");
    auto yoke = [&x, &out, scratch](int threads) {
        yoke_run run = with_threads(threads, scratch);
        must(yoke_select_where_f64(x.data(), x.size(), YOKE_RELATION_LESS, 0.5, out.to.data(),
                                   &out.count, &run));
    };
    auto hand = [&](int threads) { out.count = select_by_hand(x, out.to, threads); };
    auto tbb = [=, &out] {
        out.count =
            static_cast<size_t>(std::copy_if(std::execution::par, begin, end, to, small) - to);
    };
    work.contestants = {bench::on_openmp(task, yoke), bench::on_openmp(task, hand, "omp by hand"),
                        bench::on_arena(task, tbb, "tbb std::copy_if")};
    finish(work);
    return work;
}

/* Runs of one to three equal items. */
bench::Workload making_unique(const Doubles &x, Output &out, yoke_scratch *scratch) {
    const double *begin = x.data(), *end = begin + x.size();
    double *to = out.to.data();
    out.expected = static_cast<size_t>(std::unique_copy(begin, end, to) - to);
    out.expect(to, to + out.expected);
    bench::Task task = {x.size(), [&] { out.count = 0; }, [&] { return out.check(); }, {}};
    bench::Task in_place = task;
    in_place.prepare = [=, &x] { memcpy(to, x.data(), x.size() * sizeof(double)); };
    bench::Workload work = contest("unique", "the first of each run of equal items, 2 threads");
    auto yoke = [&x, &out, scratch](int threads) {
        yoke_run run = with_threads(threads, scratch);
        must(yoke_unique_f64(x.data(), x.size(), out.to.data(), &out.count, &run));
    };
    auto copy = [=, &out] {
        out.count = static_cast<size_t>(std::unique_copy(std::execution::par, begin, end, to) - to);
    };
    auto place = [=, &out, &x] {
        out.count = static_cast<size_t>(std::unique(std::execution::par, to, to + x.size()) - to);
    };
    auto gnu = [=, &out](int) {
        out.count = static_cast<size_t>(__gnu_parallel::unique_copy(begin, end, to) - to);
    };
    work.contestants = {bench::on_openmp(task, yoke),
                        bench::on_arena(task, copy, "tbb std::unique_copy"),
                        bench::on_arena(in_place, place, "tbb std::unique"),
                        bench::on_openmp(task, gnu, "gnu unique_copy")};
    finish(work);
    return work;
}

/* Half and half. */
bench::Workload parting(const Doubles &x, Output &out, yoke_scratch *scratch) {
    const double *begin = x.data(), *end = begin + x.size();
    double *to = out.to.data();
    std::copy(begin, end, to);
    out.expected = static_cast<size_t>(std::stable_partition(to, to + x.size(), small) - to);
    out.expect(to, to + x.size());
    bench::Task task = {x.size(), [&] { out.count = 0; }, [&] { return out.check(); }, {}};
    bench::Task in_place = task;
    in_place.prepare = [=, &x] { memcpy(to, x.data(), x.size() * sizeof(double)); };
    in_place.check = [=, &out, &x]() -> std::string {
        if (out.count == out.expected && std::is_partitioned(to, to + x.size(), small)) return {};
        return "not partitioned";
    };
    bench::Workload work = contest("partition", "partition in two, half and half, 2 threads");
    auto yoke = [&x, &out, scratch](int threads) {
        yoke_run run = with_threads(threads, scratch);
        must(yoke_partition_where_f64(x.data(), x.size(), YOKE_RELATION_LESS, 0.5, out.to.data(),
                                      &out.count, &run));
    };
    auto tbb = [=, &out, &x] {
        out.count =
            static_cast<size_t>(std::partition(std::execution::par, to, to + x.size(), small) - to);
    };
    auto stable = [=, &out, &x] {
        out.count = static_cast<size_t>(
            std::stable_partition(std::execution::par, to, to + x.size(), small) - to);
    };
    auto gnu = [=, &out, &x](int) {
        out.count = static_cast<size_t>(__gnu_parallel::partition(to, to + x.size(), small) - to);
    };
    work.contestants = {bench::on_openmp(task, yoke),
                        bench::on_arena(in_place, tbb, "tbb std::partition"),
                        bench::on_arena(in_place, stable, "tbb std::stable_partition"),
                        bench::on_openmp(in_place, gnu, "gnu partition")};
    finish(work);
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "select", bench::kernel_peers());
    size_t n = program.scaled(50000000, 1000);
    Doubles x(n), y(n);
    yoke_scratch scratch = {};
    must(yoke_random_fill_f64({1, 0}, 0, x.data(), n, nullptr));
    Output out(y);
    if (program.wants_workload("select", 2)) program.run(selecting(x, out, &scratch));
    if (program.wants_workload("partition", 2)) program.run(parting(x, out, &scratch));
    for (size_t i = 0, run = 0; i < n; run++)
        for (uint64_t j = 0, m = 1 + yoke_random_below({2, 0}, run, 3); j < m && i < n; j++)
            x[i++] = static_cast<double>(run);
    if (program.wants_workload("unique", 2)) program.run(making_unique(x, out, &scratch));
    yoke_scratch_fini(&scratch);
    return program.status();
}
