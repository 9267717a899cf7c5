/* SPDX-License-Identifier: Apache-2.0
 *
 * Unbalanced trees (tests/uts_tree.h), whose shape nobody can know before: T1 is broad, T2 lies
 * between, T3 is 1572 deep and most of it hangs on few nodes. A task is spawned for each node, or
 * for those above a depth only. An operation is a node, which costs one SHA-1.
 */
#include <tbb/task_group.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/omp.hh"
#include "perf/bench/pool/problems.hh"

namespace {

struct Subtree {
    yoke_task task; /* first */
    int tree, grain;
    uts_node node;
    uts_counts counts;
};

void run(yoke_worker *worker, yoke_task *task);

/* The children from `number` on: each lies in a frame of its own. */
void visit_children(yoke_worker *worker, Subtree *parent, int number, int children) {
    Subtree child;
    child.tree = parent->tree;
    child.grain = parent->grain;
    child.node = unbalanced::child(parent->node, number);
    if (number + 1 < children) {
        yoke_spawn(worker, &child.task, run);
        visit_children(worker, parent, number + 1, children);
        yoke_sync(worker, &child.task);
    } else {
        run(worker, &child.task);
    }
    uts_add(&parent->counts, &child.counts);
}

void run(yoke_worker *worker, yoke_task *task) {
    auto *s = reinterpret_cast<Subtree *>(task);
    if (s->node.depth >= s->grain) {
        s->counts = unbalanced::count(s->tree, s->node);
        return;
    }
    int children = unbalanced::children(s->tree, s->node);
    s->counts = {};
    uts_visit(&s->counts, &s->node, children);
    if (children) visit_children(worker, s, 0, children);
}

uint64_t yoke_uts(yoke_worker *worker, int tree, int grain) {
    Subtree all;
    all.tree = tree;
    all.grain = grain;
    all.node = unbalanced::root(tree);
    run(worker, &all.task);
    return uts_digest(&all.counts);
}

uts_counts tbb_visit(int tree, const uts_node &node, int grain) {
    if (node.depth >= grain) return unbalanced::count(tree, node);
    uts_counts counts = {};
    int children = unbalanced::children(tree, node);
    uts_visit(&counts, &node, children);
    if (!children) return counts;
    std::vector<uts_counts> found(children);
    tbb::task_group group;
    for (int i = 0; i < children; i++) {
        uts_node child = unbalanced::child(node, i);
        uts_counts *result = &found[i];
        if (i + 1 < children)
            group.run([=] { *result = tbb_visit(tree, child, grain); });
        else
            *result = tbb_visit(tree, child, grain);
    }
    group.wait();
    for (const auto &part : found) uts_add(&counts, &part);
    return counts;
}

uint64_t tbb_uts(int tree, int grain) {
    uts_counts counts = tbb_visit(tree, unbalanced::root(tree), grain);
    return uts_digest(&counts);
}

void measure(bench::Program &program, int which, int grain, const std::string &depth) {
    const uts_tree *tree = &uts_trees[which];
    uts_counts published = {tree->nodes, tree->leaves, tree->deepest};
    bench::Problem problem = {tree->nodes, uts_digest(&published)};
    bench::Workload work = {std::string(tree->name) + "_" + depth,
                            std::string("unbalanced tree ") + tree->name + ", tasks to depth " +
                                depth,
                            2,
                            0,
                            {},
                            {{1, {"tbb", "libgomp", "libomp"}}},
                            5};
    work.own_threads = true;
    work.contestants = {
        bench::on_yoke(problem, [=](yoke_worker *w) { return yoke_uts(w, which, grain); }),
        bench::on_tbb(problem, [=] { return tbb_uts(which, grain); }),
        bench::on_libgomp(problem, [=](int threads) { return omp::uts(which, grain, threads); }),
        bench::on_libomp(problem, {"uts", std::to_string(which), std::to_string(grain)}),
    };
    program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    static const int grains[UTS_TREES] = {6, 12, 800}; /* some ten thousand tasks or more */
    bench::Program program(argc, argv, "pool", "uts", bench::pool_peers());
    for (int tree = 0; tree < UTS_TREES; tree++) {
        measure(program, tree, grains[tree], std::to_string(grains[tree]));
        measure(program, tree, 1 << 20, "all");
    }
    return program.status();
}
