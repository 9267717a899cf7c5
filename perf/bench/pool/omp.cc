/* SPDX-License-Identifier: Apache-2.0
 *
 * The problems in OpenMP, as its users would write them.
 */
#include "perf/bench/pool/omp.hh"

#include <ctime>
#include <omp.h>

#include "perf/bench/pool/problems.hh"

namespace omp {

namespace {

uint64_t fib_task(int n) {
    if (n < 2) return n;
    uint64_t a, b;
#pragma omp task default(none) shared(a) firstprivate(n)
    a = fib_task(n - 1);
    b = fib_task(n - 2);
#pragma omp taskwait
    return a + b;
}

uint64_t queens_task(const queens::Board &board, int grain) {
    if (board.row >= grain || board.row == board.n) return queens::count(board).solutions;
    uint64_t found[queens::MOST], sum = 0;
    int tasks = 0;
    for (uint32_t left = board.free(); left; left &= left - 1) {
        queens::Board next = board.with(left & -left);
        uint64_t *result = &found[tasks++];
        if (left & (left - 1)) {
#pragma omp task default(none) firstprivate(next, result, grain)
            *result = queens_task(next, grain);
        } else {
            *result = queens_task(next, grain);
        }
    }
#pragma omp taskwait
    for (int i = 0; i < tasks; i++) sum += found[i];
    return sum;
}

uts_counts uts_task(int tree, const uts_node &node, int grain) {
    if (node.depth >= grain) return unbalanced::count(tree, node);
    uts_counts counts = {};
    int children = unbalanced::children(tree, node);
    uts_visit(&counts, &node, children);
    std::vector<uts_counts> found(children);
    for (int i = 0; i < children; i++) {
        uts_node child = unbalanced::child(node, i);
        uts_counts *result = &found[i];
        if (i + 1 < children) {
#pragma omp task default(none) firstprivate(child, result, tree, grain)
            *result = uts_task(tree, child, grain);
        } else {
            *result = uts_task(tree, child, grain);
        }
    }
#pragma omp taskwait
    for (const auto &part : found) uts_add(&counts, &part);
    return counts;
}

double processor_seconds() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/* Runs fn once, with so many threads for its tasks. */
template <class Fn> uint64_t with_team(int threads, const Fn &fn) {
    uint64_t answer = 0;
#pragma omp parallel num_threads(threads) default(none) shared(answer, fn)
    {
        bench::pin(omp_get_thread_num());
#pragma omp single
        answer = fn();
    }
    return answer;
}

} // namespace

uint64_t fib(int n, int threads) {
    return with_team(threads, [=] { return fib_task(n); });
}

uint64_t queens(int n, int grain, int times, int threads) {
    return with_team(threads, [=] {
        uint64_t all = 0;
        for (int i = 0; i < times; i++) all += queens_task(queens::Board{n}, grain);
        return all;
    });
}

uint64_t uts(int tree, int grain, int threads) {
    return with_team(threads, [=] {
        uts_counts counts = uts_task(tree, unbalanced::root(tree), grain);
        return uts_digest(&counts);
    });
}

void loop(uint32_t *out, size_t n, Schedule schedule, int chunk, int threads) {
    omp_set_schedule(schedule == GUIDED ? omp_sched_guided : omp_sched_dynamic, chunk);
#pragma omp parallel num_threads(threads) default(none) firstprivate(out, n)
    {
        bench::pin(omp_get_thread_num());
#pragma omp for schedule(runtime)
        for (size_t i = 0; i < n; i++) out[i] = growing::iterate(i, n);
    }
}

uint64_t solve(const std::vector<std::string> &words, int threads, bench::Elsewhere &took) {
    std::vector<int> numbers;
    for (size_t i = 1; i < words.size(); i++) numbers.push_back(std::stoi(words[i]));
    std::vector<uint32_t> out(words.at(0) == "loop" ? numbers.at(0) : 0);
    uint64_t answer = 0;
    double wall = omp_get_wtime(), processor = processor_seconds();
    if (words[0] == "fib") answer = fib(numbers.at(0), threads);
    if (words[0] == "queens") answer = queens(numbers.at(0), numbers.at(1), numbers.at(2), threads);
    if (words[0] == "uts") answer = uts(numbers.at(0), numbers.at(1), threads);
    if (words[0] == "loop")
        loop(out.data(), out.size(), static_cast<Schedule>(numbers.at(1)), numbers.at(2), threads);
    took = {omp_get_wtime() - wall, processor_seconds() - processor};
    return out.empty() ? answer : growing::sum(out.data(), out.size());
}

} // namespace omp
