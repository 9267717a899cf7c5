/* SPDX-License-Identifier: Apache-2.0
 *
 * A million items without work through four stages: a source, two parallel stages, and a sink that
 * sees them in order. What is measured is what carrying an item costs. An operation is an item.
 *
 * OpenMP has no pipeline: there, each item is a task for each stage, and `depend` makes the stages
 * of an item, and the items of the source and of the sink, follow each other. Its runs are of a
 * twentieth of the items, since they take long and much memory; rates can be compared.
 */
#include <tbb/parallel_pipeline.h>

#include "perf/bench/common/taskflow.hh"
#include "perf/bench/kernels/contest.hh"
#include "yoke/pipeline.h"

namespace {

/* What the sink has seen: how many, and whether in order. */
struct Seen {
    uint64_t count = 0, wrong = 0;
    void item(uint64_t number) { wrong += number != count++; }
};

struct Source {
    uint64_t next, n;
};

int give(yoke_flow *flow, yoke_item *item) {
    auto *source = static_cast<Source *>(flow->state);
    if (source->next == source->n) return YOKE_STAGE_END;
    item->data = reinterpret_cast<void *>(source->next++);
    return YOKE_STAGE_PASS;
}

int pass(yoke_flow *, yoke_item *) { return YOKE_STAGE_PASS; }

int see(yoke_flow *flow, yoke_item *item) {
    static_cast<Seen *>(flow->state)->item(reinterpret_cast<uint64_t>(item->data));
    return YOKE_STAGE_PASS;
}

Seen on_pipeline(uint64_t n, int threads, size_t batch) {
    Source source = {0, n};
    Seen seen;
    yoke_stage stages[4] = {};
    stages[0].name = "give", stages[0].run = give, stages[0].state = &source;
    stages[1].name = "one", stages[1].run = pass;
    stages[2].name = "two", stages[2].run = pass;
    stages[3].name = "see", stages[3].run = see, stages[3].state = &seen;
    stages[3].kind = YOKE_STAGE_IN_ORDER;
    yoke_pipeline_options options = {};
    options.workers = threads;
    options.batch = batch;
    if (yoke_pipeline_run(stages, 4, &options) < 0) seen.wrong++;
    return seen;
}

Seen on_oneapi(uint64_t n, size_t tokens) {
    Seen seen;
    uint64_t next = 0;
    auto source = [&](tbb::flow_control &control) -> uint64_t {
        if (next == n) return control.stop(), 0;
        return next++;
    };
    auto same = [](uint64_t number) { return number; };
    using mode = tbb::filter_mode;
    tbb::parallel_pipeline(
        tokens, tbb::make_filter<void, uint64_t>(mode::serial_in_order, source) &
                    tbb::make_filter<uint64_t, uint64_t>(mode::parallel, same) &
                    tbb::make_filter<uint64_t, uint64_t>(mode::parallel, same) &
                    tbb::make_filter<uint64_t, void>(mode::serial_in_order,
                                                     [&](uint64_t number) { seen.item(number); }));
    return seen;
}

#if HAS_TASKFLOW
Seen on_lines(tf::Executor &executor, uint64_t n, size_t lines) {
    Seen seen;
    std::vector<uint64_t> held(lines);
    using type = tf::PipeType;
    tf::Pipeline line(
        lines,
        tf::Pipe{type::SERIAL,
                 [&](tf::Pipeflow &flow) {
                     if (flow.token() == n) return flow.stop();
                     held[flow.line()] = flow.token();
                 }},
        tf::Pipe{type::PARALLEL, [](tf::Pipeflow &) {}},
        tf::Pipe{type::PARALLEL, [](tf::Pipeflow &) {}},
        tf::Pipe{type::SERIAL, [&](tf::Pipeflow &flow) { seen.item(held[flow.line()]); }});
    tf::Taskflow graph;
    graph.composed_of(line);
    executor.run(graph).wait();
    return seen;
}
#endif

Seen on_depend(uint64_t n, int threads) {
    enum { SLOTS = 64 };
    Seen seen;
    uint64_t next = 0, slots[SLOTS];
#pragma omp parallel num_threads(threads)
#pragma omp single
    for (uint64_t i = 0; i < n; i++) {
        uint64_t *slot = &slots[i % SLOTS];
#pragma omp task depend(inout : next) depend(inout : *slot)
        *slot = next++;
#pragma omp task depend(inout : *slot)
        (void)slot;
#pragma omp task depend(inout : *slot)
        (void)slot;
#pragma omp task depend(inout : seen) depend(inout : *slot)
        seen.item(*slot);
    }
    return seen;
}

bench::Task counted(uint64_t n, Seen &seen) {
    bench::Task task = {n, {}, {}, {}};
    task.prepare = [&] { seen = Seen(); };
    task.check = [&seen, n] {
        return seen.count == n && !seen.wrong ? "" : "the sink did not see all in order";
    };
    return task;
}

bench::Contestant checked(uint64_t n, const std::string &name, Seen &seen,
                          const std::function<Seen(int)> &fn) {
    return bench::on_openmp(
        counted(n, seen), [&seen, fn](int threads) { seen = fn(threads); }, name);
}

bench::Contestant arena(uint64_t n, const std::string &name, Seen &seen, size_t tokens) {
    return bench::on_arena(
        counted(n, seen), [&seen, n, tokens] { seen = on_oneapi(n, tokens); }, name);
}

/* Taskflow's rows and bar, where it is there. */
void add_lines(bench::Workload &work, uint64_t n, Seen &seen) {
#if HAS_TASKFLOW
    bench::Bar bar = {1.2, {}};
    for (size_t lines : {2, 8, 64}) {
        std::string name = "taskflow " + std::to_string(lines) + " lines";
        auto run = [&seen, n, lines](tf::Executor &executor) {
            seen = on_lines(executor, n, lines);
        };
        work.contestants.push_back(
            bench::tasked(bench::on_taskflow(n, run, name), counted(n, seen)));
        bar.against.push_back(name);
    }
    work.bars.push_back(bar);
#else
    (void)work, (void)n, (void)seen;
#endif
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "empty",
                           {"libtbb-dev", "libgomp1", "libtaskflow-cpp-dev"});
    uint64_t n = program.scaled(1000000, 1000), few = n / 20;
    Seen seen;
    bench::Workload work = {"empty", "items without work through 4 stages", 2, 0, {}, {}, 7};
    work.own_threads = true;
    work.contestants = {
        checked(n, "yoke", seen, [n](int threads) { return on_pipeline(n, threads, 0); }),
        checked(n, "yoke batch 1", seen, [n](int threads) { return on_pipeline(n, threads, 1); }),
        arena(n, "tbb 8 tokens", seen, 8),
        arena(n, "tbb 64 tokens", seen, 64),
        checked(few, "gomp depend", seen, [few](int threads) { return on_depend(few, threads); }),
    };
    work.bars = {{4, {"tbb 8 tokens", "tbb 64 tokens"}}, {4, {"gomp depend"}}};
    add_lines(work, n, seen);
    program.run(work);
    return program.status();
}
