/* SPDX-License-Identifier: Apache-2.0
 *
 * Unbalanced trees on the pool, a task for each node: every number of workers must find the sizes
 * that were published (tests/uts_tree.h). A task that is lost, or runs twice, shows in the counts.
 */
#include "tests/harness.h"
#include "tests/uts_tree.h"
#include "yoke/pool.h"

typedef struct subtree {
    yoke_task task; /* first */
    const uts_tree *tree;
    uts_node node;
    uts_counts counts;
} subtree;

static void visit(yoke_worker *worker, yoke_task *task);

/* The children from `number` on, each in a frame of its own. */
static void visit_children(yoke_worker *worker, subtree *parent, int number, int children) {
    subtree child;
    child.tree = parent->tree;
    child.counts = (uts_counts){0}; /* not by visit, so that a second one is seen */
    uts_make_child(&parent->node, number, &child.node);
    if (number + 1 < children) {
        yoke_spawn(worker, &child.task, visit);
        visit_children(worker, parent, number + 1, children);
        yoke_sync(worker, &child.task);
    } else {
        visit(worker, &child.task);
    }
    uts_add(&parent->counts, &child.counts);
}

static void visit(yoke_worker *worker, yoke_task *task) {
    subtree *s = (subtree *)task;
    int children = uts_children(s->tree, &s->node);
    uts_visit(&s->counts, &s->node, children);
    if (children) visit_children(worker, s, 0, children);
}

static int visit_all(yoke_worker *worker, void *ctx) {
    visit(worker, &((subtree *)ctx)->task);
    return 0;
}

static uts_counts walk(const uts_tree *tree, int workers) {
    yoke_pool *pool = NULL;
    yoke_pool_options options = {.workers = workers};
    subtree all = {.tree = tree};
    uts_make_root(tree, &all.node);
    REQUIRE(yoke_pool_create(&options, &pool) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_pool_run(pool, visit_all, &all), YOKE_OK);
    yoke_pool_destroy(pool);
    return all.counts;
}

static void check_tree(const uts_tree *tree, int workers) {
    uts_counts found = walk(tree, workers);
    CU_ASSERT_EQUAL(found.nodes, tree->nodes);
    CU_ASSERT_EQUAL(found.leaves, tree->leaves);
    CU_ASSERT_EQUAL(found.deepest, tree->deepest);
}

static const int sizes[] = {1, 2, 7};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Sanitizers are too slow for millions of nodes; they get smaller trees, and what a serial walk
 * finds in them. */
static void check_smaller(uts_tree tree, double branches, int depth) {
    uts_node root;
    uts_counts counts = {0};
    tree.branches = branches;
    tree.depth = depth;
    uts_make_root(&tree, &root);
    uts_count(&tree, &root, &counts);
    CU_ASSERT(counts.nodes > 1000);
    tree.nodes = counts.nodes;
    tree.leaves = counts.leaves;
    tree.deepest = counts.deepest;
    for (int i = 0; i < SIZES; i++) check_tree(&tree, sizes[i]);
}

TEST_WITH_LIMIT(a_broad_tree_has_its_size, 60) {
    for (int i = 0; i < SIZES && test_size(1, 0); i++) check_tree(&uts_trees[UTS_T1], sizes[i]);
    check_smaller(uts_trees[UTS_T1], 4, 7);
}

TEST_WITH_LIMIT(a_tree_between_has_its_size, 60) {
    for (int i = 0; i < SIZES && test_size(1, 0); i++) check_tree(&uts_trees[UTS_T2], sizes[i]);
    check_smaller(uts_trees[UTS_T2], 4, 9);
}

TEST_WITH_LIMIT(a_deep_tree_has_its_size, 60) {
    for (int i = 0; i < SIZES && test_size(1, 0); i++) check_tree(&uts_trees[UTS_T3], sizes[i]);
    check_smaller(uts_trees[UTS_T3], 20, 0);
}
