/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting in memory: 10^8 keys of several kinds, pairs, indices. An operation is an item. Scratch
 * memory is kept from run to run and was touched before, as for the other contestants that work in
 * a second array.
 *
 * vqsort has no threads. "vqsort halves" sorts half of the keys on each of two threads, and each
 * then merges half of the result into another array.
 */
#include <hwy/contrib/sort/vqsort.h>
#include <omp.h>
#include <parallel/algorithm>
#include <tbb/parallel_sort.h>

#include <algorithm>
#include <cstring>

#if __has_include(<ips4o.hpp>)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <ips4o.hpp>
#pragma GCC diagnostic pop
#define HAS_IPS4O 1
#else
#define HAS_IPS4O 0
#endif

#include "perf/bench/kernels/contest.hh"
#include "yoke/isa.h"
#include "yoke/sort.h"

namespace {

yoke_scratch scratch;

uint64_t mixed(uint64_t x) {
    x ^= x >> 30, x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27, x *= 0x94D049BB133111EBu;
    return x ^ x >> 31;
}
uint64_t drawn(uint64_t i) { return mixed((i + 1) * 0x9E3779B97F4A7C15u); }

/* ---- items ---- */

struct Pair {
    uint64_t key, value;
    bool operator<(const Pair &other) const { return key < other.key; }
};

template <class T> T make(uint64_t bits) { return static_cast<T>(bits); }
template <> double make<double>(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/* Keys as they came, and where they are sorted. */
template <class T> struct Keys {
    bench::Array<T> given, items, other;
    uint64_t digest = 0;
    explicit Keys(size_t n) : given(n), items(n), other(n) {}

    size_t size() const { return given.size(); }
    static uint64_t part(const T &x) {
        uint64_t words[(sizeof x + 7) / 8] = {}, sum = 0;
        memcpy(words, &x, sizeof x);
        for (uint64_t word : words) sum = mixed(sum + word);
        return sum;
    }
    template <class F> void fill(const F &draw) {
        uint64_t sum = 0;
        T *to = given.data();
        size_t n = size();
#pragma omp parallel for reduction(+ : sum) default(none) shared(n, to, draw)
        for (size_t i = 0; i < n; i++) to[i] = draw(i), sum += part(to[i]);
        digest = sum;
    }
    void prepare() {
        T *to = items.data();
        const T *from = given.data();
        size_t n = size();
#pragma omp parallel for schedule(static) default(none) shared(n, to, from)
        for (size_t i = 0; i < n; i++) to[i] = from[i];
    }
    std::string check(const T *sorted) const {
        uint64_t sum = 0, wrong = 0;
        size_t n = size();
#pragma omp parallel for reduction(+ : sum, wrong) default(none) shared(n, sorted)
        for (size_t i = 0; i < n; i++) {
            sum += part(sorted[i]);
            wrong += i > 0 && sorted[i] < sorted[i - 1];
        }
        if (wrong) return std::to_string(wrong) + " keys are out of order";
        return sum == digest ? "" : "other keys came out than went in";
    }
    bench::Task task(const T *sorted = nullptr) {
        const T *result = sorted ? sorted : items.data();
        return {size(), [this] { prepare(); }, [=] { return check(result); }, {}};
    }
};

/* ---- contestants ---- */

template <class T> bench::Contestant on_yoke_with(Keys<T> &keys, yoke_isa isa) {
    std::string name = isa == YOKE_ISA_AVX512 ? "yoke" : std::string("yoke ") + yoke_isa_name(isa);
    return bench::on_openmp(
        keys.task(),
        [&keys, isa](int threads) {
            yoke_run run = {};
            run.threads = threads;
            run.scratch = &scratch;
            yoke_isa_limit(isa);
            if constexpr (sizeof(T) == 8 && std::is_integral_v<T>)
                yoke_sort_u64(keys.items.data(), keys.size(), YOKE_ASCENDING, &run);
            else
                yoke_sort_f64(keys.items.data(), keys.size(), YOKE_ASCENDING, &run);
            yoke_isa_limit(YOKE_ISA_AVX512);
        },
        name);
}

template <class T> bench::Contestant on_vqsort(Keys<T> &keys) {
    return bench::on_openmp(
        keys.task(),
        [&keys](int) {
            hwy::Sorter sorter;
            sorter(keys.items.data(), keys.size(), hwy::SortAscending());
        },
        "vqsort alone");
}

/* One half of the result of two sorted halves. */
template <class T> void merge_half(Keys<T> &keys, int half) {
    const T *a = keys.items.data(), *b = a + keys.size() / 2;
    size_t na = keys.size() / 2, nb = keys.size() - na;
    const T *cut_a = a + na / 2, *cut_b = std::lower_bound(b, b + nb, *cut_a);
    T *to = keys.other.data();
    if (half == 0)
        std::merge(a, cut_a, b, cut_b, to);
    else
        std::merge(cut_a, a + na, cut_b, b + nb, to + (cut_a - a) + (cut_b - b));
}

template <class T> bench::Contestant on_vqsort_halves(Keys<T> &keys) {
    return bench::on_openmp(
        keys.task(keys.other.data()),
        [&keys](int) {
            size_t n = keys.size(), half = n / 2;
#pragma omp parallel num_threads(2) default(none) shared(keys, n, half)
            {
                int i = omp_get_thread_num();
                hwy::Sorter sorter;
                sorter(keys.items.data() + (i ? half : 0), i ? n - half : half,
                       hwy::SortAscending());
#pragma omp barrier
                merge_half(keys, i);
            }
        },
        "vqsort halves");
}

template <class T> bench::Contestant on_tbb_sort(Keys<T> &keys) {
    return bench::on_arena(keys.task(),
                           [&keys] { tbb::parallel_sort(keys.items.begin(), keys.items.end()); });
}

/* Where its headers are there; sorts in place, too. */
template <class T> void add_ips4o(bench::Workload &work, Keys<T> &keys) {
#if HAS_IPS4O
    work.contestants.push_back(bench::on_openmp(
        keys.task(),
        [&keys](int threads) {
            ips4o::parallel::sort(keys.items.begin(), keys.items.end(), std::less<>(), threads);
        },
        "ips4o"));
    work.bars.push_back({1, {"ips4o"}});
#else
    (void)work, (void)keys;
#endif
}

template <class T> bench::Contestant on_gnu(Keys<T> &keys, bool stable) {
    return bench::on_openmp(
        keys.task(),
        [&keys, stable](int threads) {
            omp_set_num_threads(threads);
            if (stable)
                __gnu_parallel::stable_sort(keys.items.begin(), keys.items.end());
            else
                __gnu_parallel::sort(keys.items.begin(), keys.items.end());
        },
        "gnu parallel");
}

/* ---- workloads ---- */

template <class T, class F>
bench::Workload keys_of(Keys<T> &keys, const char *name, const char *title, const F &draw) {
    keys.fill(draw);
    bench::Workload work = {name, title, 2, 0, {}, {}, 5};
    work.own_threads = true;
    work.contestants = {on_yoke_with(keys, YOKE_ISA_AVX512), on_vqsort(keys),
                        on_vqsort_halves(keys), on_tbb_sort(keys)};
    work.bars = {{1, {"vqsort alone", "vqsort halves", "tbb"}}};
    add_ips4o(work, keys);
    return work;
}

void run_random(bench::Program &program, Keys<uint64_t> &keys) {
    auto work = keys_of(keys, "random", "uint64, random", drawn);
    work.contestants.push_back(on_yoke_with(keys, YOKE_ISA_AVX2));
    work.contestants.push_back(on_yoke_with(keys, YOKE_ISA_PLAIN));
    work.contestants.push_back(on_gnu(keys, false));
    work.bars.push_back({6, {"tbb"}});
#if HAS_IPS4O
    work.bars.push_back({1, {"ips4o"}, "yoke avx2"});
#endif
    auto rates = program.run(work);
    auto seconds = [&](const char *who) {
        return rates.count(who) ? static_cast<double>(keys.size()) / rates[who] : 0;
    };
    program.at_most("yoke: seconds for 10^8 random uint64", seconds("yoke"), 0.5);
    program.at_most("yoke avx2: seconds for 10^8 random uint64", seconds("yoke avx2"), 1.7);
}

void run_keys(bench::Program &program) {
    size_t n = program.scaled(100000000, 1000);
    Keys<uint64_t> keys(n);
    if (program.wants_workload("random", 2)) run_random(program, keys);
    auto run = [&](const char *name, const char *title, auto draw, double times_tbb = 1) {
        if (!program.wants_workload(name, 2)) return;
        auto work = keys_of(keys, name, title, draw);
        if (times_tbb > 1) work.bars.push_back({times_tbb, {"tbb"}});
        program.run(work);
    };
    run(
        "nearly", "uint64, sorted but for one in a hundred",
        [](uint64_t i) { return drawn(i) % 100 ? i : drawn(i) % 100000000; }, 6);
    /* All contestants but one only read here, at the speed of the memory. */
    run("equal", "uint64, all equal", [](uint64_t) { return uint64_t{42}; });
    run("few", "uint64, 16 values", [](uint64_t i) { return drawn(i) % 16; });
    run("sizes", "uint64 of all magnitudes",
        [](uint64_t i) { return drawn(i) >> (drawn(i + 1) % 64); });
}

void run_doubles(bench::Program &program) {
    if (!program.wants_workload("doubles", 2)) return;
    Keys<double> keys(program.scaled(100000000, 1000));
    program.run(keys_of(keys, "doubles", "doubles between 0 and 1",
                        [](uint64_t i) { return make<double>(drawn(i)); }));
}

/* Keys and values in arrays of their own; the peers sort an array of pairs. */
void run_pairs(bench::Program &program) {
    if (!program.wants_workload("pairs", 2)) return;
    size_t n = program.scaled(50000000, 1000);
    Keys<Pair> pairs(n);
    bench::Array<uint64_t> keys(n), values(n);
    pairs.fill([](uint64_t i) { return Pair{drawn(i), i}; });
    bench::Workload work = {"pairs", "uint64 with uint64, stable", 2, 0, {}, {}, 5};
    work.own_threads = true;
    bench::Task split = {n,
                         [&] {
                             for (size_t i = 0; i < n; i++)
                                 keys[i] = pairs.given[i].key, values[i] = pairs.given[i].value;
                         },
                         [&] {
                             for (size_t i = 0; i < n; i++) pairs.items[i] = {keys[i], values[i]};
                             return pairs.check(pairs.items.data());
                         },
                         {}};
    work.contestants = {bench::on_openmp(split,
                                         [&](int threads) {
                                             yoke_run run = {};
                                             run.threads = threads;
                                             run.scratch = &scratch;
                                             yoke_sort_pairs_u64(keys.data(), values.data(), 8, n,
                                                                 YOKE_ASCENDING, &run);
                                         }),
                        on_tbb_sort(pairs), on_gnu(pairs, true)};
    work.bars = {{1, {"tbb", "gnu parallel"}}};
    add_ips4o(work, pairs);
    program.run(work);
}

void run_argsort(bench::Program &program) {
    if (!program.wants_workload("argsort", 2)) return;
    size_t n = program.scaled(20000000, 1000);
    Keys<uint32_t> index(n);
    bench::Array<double> keys(n);
    index.fill([](uint64_t i) { return static_cast<uint32_t>(i); });
    for (size_t i = 0; i < n; i++) keys[i] = make<double>(drawn(i));
    auto before = [&](uint32_t i, uint32_t j) {
        return keys[i] < keys[j] || (keys[i] == keys[j] && i < j);
    };
    bench::Task task = index.task();
    task.check = [&]() -> std::string {
        for (size_t i = 1; i < n; i++)
            if (!before(index.items[i - 1], index.items[i])) return "indices are out of order";
        return {};
    };
    bench::Workload work = {"argsort", "the order of doubles, stable", 2, 0, {}, {}, 5};
    work.own_threads = true;
    work.contestants = {bench::on_openmp(task,
                                         [&](int threads) {
                                             yoke_run run = {};
                                             run.threads = threads;
                                             run.scratch = &scratch;
                                             yoke_argsort32_f64(keys.data(), n, YOKE_ASCENDING,
                                                                index.items.data(), &run);
                                         }),
                        bench::on_arena(task, [&] {
                            tbb::parallel_sort(index.items.begin(), index.items.end(), before);
                        })};
    work.bars = {{1, {"tbb"}}};
    program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    auto packages = bench::kernel_peers();
    packages.insert(packages.end(), {"libhwy-dev", "libips4o-dev"});
    bench::Program program(argc, argv, "kernels", "sort", packages);
    run_keys(program);
    run_doubles(program);
    run_pairs(program);
    run_argsort(program);
    yoke_scratch_fini(&scratch);
    return program.status();
}
