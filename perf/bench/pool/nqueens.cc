/* SPDX-License-Identifier: Apache-2.0
 *
 * Queens on a board of 13 by 13: a tree of tasks that costs next to nothing at its leaves. A task
 * is spawned for each queen in the first two rows, the first four, or all. An operation is a queen
 * that is set. A run finds all solutions some times over, since once takes but ten milliseconds.
 */
#include <tbb/task_group.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/omp.hh"
#include "perf/bench/pool/problems.hh"

namespace {

using queens::Board;

struct Place {
    yoke_task task; /* first */
    Board board;
    int grain;
    uint64_t found;
};

void run(yoke_worker *worker, yoke_task *task);

uint64_t yoke_queens(yoke_worker *worker, const Board &board, int grain) {
    if (board.row >= grain || board.row == board.n) return queens::count(board).solutions;
    Place places[queens::MOST];
    int tasks = 0;
    for (uint32_t left = board.free(); left; left &= left - 1) {
        Place &place = places[tasks++];
        place.board = board.with(left & -left);
        place.grain = grain;
        if (left & (left - 1))
            yoke_spawn(worker, &place.task, run);
        else
            run(worker, &place.task);
    }
    uint64_t sum = tasks ? places[tasks - 1].found : 0;
    for (int i = tasks - 2; i >= 0; i--) {
        yoke_sync(worker, &places[i].task);
        sum += places[i].found;
    }
    return sum;
}

void run(yoke_worker *worker, yoke_task *task) {
    auto *place = reinterpret_cast<Place *>(task);
    place->found = yoke_queens(worker, place->board, place->grain);
}

uint64_t tbb_queens(const Board &board, int grain) {
    if (board.row >= grain || board.row == board.n) return queens::count(board).solutions;
    uint64_t found[queens::MOST], sum = 0;
    int tasks = 0;
    tbb::task_group group;
    for (uint32_t left = board.free(); left; left &= left - 1) {
        Board next = board.with(left & -left);
        uint64_t *result = &found[tasks++];
        if (left & (left - 1))
            group.run([=] { *result = tbb_queens(next, grain); });
        else
            *result = tbb_queens(next, grain);
    }
    group.wait();
    for (int i = 0; i < tasks; i++) sum += found[i];
    return sum;
}

bench::Problem repeated(const queens::Counts &counts, int times) {
    return {counts.nodes * times, counts.solutions * times};
}

template <class Fn> uint64_t repeat(int times, const Fn &fn) {
    uint64_t all = 0;
    for (int i = 0; i < times; i++) all += fn();
    return all;
}

bench::Workload make(int n, int grain) {
    std::string depth = grain == n ? "all" : std::to_string(grain);
    auto counts = queens::count(Board{n});
    int times = grain == n ? 4 : 16, omps = grain == n ? 1 : 16;
    bench::Workload work = {"queens_" + depth,
                            "queens, tasks for the rows: " + depth,
                            2,
                            0,
                            {},
                            {{1, {"tbb", "libgomp", "libomp"}}}};
    auto on_worker = [=](yoke_worker *worker) {
        return repeat(times, [=] { return yoke_queens(worker, Board{n}, grain); });
    };
    auto in_arena = [=] { return repeat(times, [=] { return tbb_queens(Board{n}, grain); }); };
    auto in_team = [=](int threads) { return omp::queens(n, grain, omps, threads); };
    work.own_threads = true;
    work.contestants = {
        bench::on_yoke(repeated(counts, times), on_worker),
        bench::on_tbb(repeated(counts, times), in_arena),
        bench::on_libgomp(repeated(counts, omps), in_team),
        bench::on_libomp(repeated(counts, omps), {"queens", std::to_string(n),
                                                  std::to_string(grain), std::to_string(omps)}),
    };
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "nqueens", bench::pool_peers());
    int n = program.options().scale < 1 ? 10 : 13;
    for (int grain : {2, 4, n}) program.run(make(n, grain));
    return program.status();
}
