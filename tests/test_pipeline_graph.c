/* SPDX-License-Identifier: Apache-2.0
 *
 * Branches, copies, merges, and stages that emit none, one or many. The oracle takes each item of
 * the source through the graph alone, stage by stage, with plain lists.
 */
#include <string.h>

#include "tests/pipeline_use.h"

/* ---- random graphs */

enum { MOST_STAGES = 9, MOST_WAYS = 3 };

/* The low bits of a number count how often a stage was asked about it. */
enum { TURN_BITS = 8 };

/* A stage; what it does follows from hashes of its seed and the item's number. */
typedef struct node {
    uint64_t seed;
    yoke_stage_kind kind;
    bool emits, asks, routes;
    size_t next[MOST_WAYS], fan;
    notes seen, expected; /* not of parallel ones */
} node;

typedef struct graph {
    size_t count;
    node nodes[MOST_STAGES];
} graph;

static uint64_t mix(uint64_t seed, uint64_t x) {
    x = (x ^ seed) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return x ^ x >> 32;
}

static size_t children(const node *n, uint64_t number) {
    return n->emits ? mix(n->seed, number) % 4 : 0;
}

enum { LAST_CHILD = 9 };
static yoke_item child(const node *n, uint64_t number, size_t i) {
    yoke_item item = {0};
    set_number(&item, mix(n->seed + 17 + i, number) << TURN_BITS);
    return item;
}

static int answer(const node *n, uint64_t number) {
    uint64_t turn = number % (1 << TURN_BITS), h = mix(n->seed + 5, number >> TURN_BITS);
    if (n->asks && turn < h % 5) return YOKE_STAGE_MORE;
    return n->emits && h % 3 == 0 ? YOKE_STAGE_DROP : YOKE_STAGE_PASS;
}

static size_t route(const yoke_item *item, void *state) {
    const node *n = state;
    return mix(n->seed + 3, number_in(item)) % n->fan;
}

static int run_node(yoke_flow *flow, yoke_item *item) {
    node *n = flow->state;
    uint64_t number = number_in(item);
    if (n->kind != YOKE_STAGE_PARALLEL) note_in(&n->seen, item);
    for (size_t i = 0; i < children(n, number); i++) {
        yoke_item more = child(n, number, i);
        YOKE_TRY(yoke_stage_emit(flow, &more));
    }
    int then = answer(n, number);
    *item = child(n, number, LAST_CHILD);
    if (then == YOKE_STAGE_MORE) set_number(item, number + 1);
    return then;
}

/* ---- the oracle */

typedef struct list {
    yoke_item *items;
    size_t head, count, room;
} list;

typedef struct walk {
    graph *g;
    uint64_t index;
    list at[MOST_STAGES];
} walk;

static void append(walk *w, size_t at, yoke_item item) {
    list *l = &w->at[at];
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 16;
        l->items = reallocarray(l->items, l->room, sizeof *l->items);
        if (!l->items) abort();
    }
    item.index = w->index;
    l->items[l->count++] = item;
}

static void send(walk *w, node *n, yoke_item item) {
    if (n->routes)
        append(w, n->next[route(&item, n)], item);
    else
        for (size_t i = 0; i < n->fan; i++) append(w, n->next[i], item);
}

static void walk_from(walk *w, size_t from);

/* What a stage that asks for more has made goes all its way before it is asked again. */
static void walk_item(walk *w, size_t at, yoke_item item) {
    node *n = &w->g->nodes[at];
    for (uint64_t number = number_in(&item);; number++) {
        set_number(&item, number);
        if (n->kind != YOKE_STAGE_PARALLEL) note_in(&n->expected, &item);
        for (size_t i = 0; i < children(n, number); i++) send(w, n, child(n, number, i));
        int then = answer(n, number);
        if (then == YOKE_STAGE_PASS) send(w, n, child(n, number, LAST_CHILD));
        if (then != YOKE_STAGE_MORE) return;
        walk_from(w, at + 1);
    }
}

static void walk_from(walk *w, size_t from) {
    for (size_t s = from; s < w->g->count; s++) {
        list *l = &w->at[s];
        while (l->head < l->count) walk_item(w, s, l->items[l->head++]);
        l->head = l->count = 0;
    }
}

static void walk_all(graph *g, size_t items) {
    walk w = {.g = g};
    for (w.index = 0; w.index < items; w.index++) {
        yoke_item item = {0};
        set_number(&item, w.index << TURN_BITS);
        send(&w, &g->nodes[0], item);
        walk_from(&w, 1);
    }
    for (size_t s = 0; s < g->count; s++) free(w.at[s].items);
}

/* ---- a graph is made, run and compared */

static void make_node(graph *g, size_t at) {
    node *n = &g->nodes[at];
    *n = (node){.seed = test_random()};
    size_t behind = g->count - at - 1;
    n->kind = at ? (yoke_stage_kind)test_random_below(3) : YOKE_STAGE_PARALLEL;
    n->emits = at && test_random_below(2);
    n->asks = at && test_random_below(3) == 0;
    n->fan = behind ? 1 + test_random_below(behind < MOST_WAYS ? behind : MOST_WAYS) : 0;
    n->routes = n->fan && test_random_below(2);
    for (size_t i = 0; i < n->fan; i++) n->next[i] = at + 1 + test_random_below(behind);
}

static int give_shifted(yoke_flow *flow, yoke_item *item) {
    node *n = flow->state;
    if (n->seen.count == n->expected.count) return YOKE_STAGE_END;
    set_number(item, n->seen.count++ << TURN_BITS);
    return YOKE_STAGE_PASS;
}

static void run_graph(graph *g, size_t items, const yoke_pipeline_options *options) {
    yoke_stage stages[MOST_STAGES];
    for (size_t i = 0; i < g->count; i++) {
        node *n = &g->nodes[i];
        stages[i] = (yoke_stage){.name = "node",
                                 .kind = n->kind,
                                 .run = i ? run_node : give_shifted,
                                 .state = n,
                                 .next = n->fan ? n->next : NULL,
                                 .fan = n->fan,
                                 .route = n->routes ? route : NULL};
        n->seen.count = 0;
    }
    g->nodes[0].expected.count = items; /* how many the source gives */
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, g->count, options), YOKE_OK);
}

static int by_number(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

/* A stage in order has seen the same; a serial one the same in some order. */
static void compare(node *n) {
    notes *seen = &n->seen, *expected = &n->expected;
    CU_ASSERT_EQUAL(seen->count, expected->count);
    if (seen->count != expected->count || !seen->count) return;
    size_t bytes = seen->count * sizeof *seen->number;
    if (n->kind == YOKE_STAGE_SERIAL) {
        qsort(seen->number, seen->count, sizeof *seen->number, by_number);
        qsort(expected->number, seen->count, sizeof *seen->number, by_number);
    } else {
        CU_ASSERT_EQUAL(memcmp(seen->index, expected->index, bytes), 0);
    }
    CU_ASSERT_EQUAL(memcmp(seen->number, expected->number, bytes), 0);
}

static void check_graph(void) {
    graph g = {.count = 2 + test_random_below(MOST_STAGES - 1)};
    size_t items = test_random_below(test_size(200, 50));
    for (size_t i = 0; i < g.count; i++) make_node(&g, i);
    walk_all(&g, items);
    for (int round = 0; round < 4; round++) {
        yoke_pipeline_options options = {.workers = worker_counts[test_random_below(4)],
                                         .batch = batches[test_random_below(5)],
                                         .items = test_random_below(3) * 10};
        run_graph(&g, items, &options);
        for (size_t i = 1; i < g.count; i++) compare(&g.nodes[i]);
    }
    g.nodes[0].seen = g.nodes[0].expected = (notes){0};
    for (size_t i = 1; i < g.count; i++) {
        notes_fini(&g.nodes[i].seen);
        notes_fini(&g.nodes[i].expected);
    }
}

TEST_WITH_LIMIT(random_graphs_do_what_the_oracle_says, 60) {
    for (size_t i = 0; i < test_size(300, 40); i++) check_graph();
}

/* ---- copies */

/* Each copy is a block of its own, and is freed once. */
static atomic_int blocks;

static int give_block(yoke_flow *flow, yoke_item *item) {
    numbers *of = flow->state;
    if (of->next == of->n) return YOKE_STAGE_END;
    size_t *block = malloc(sizeof *block);
    if (!block) abort();
    *block = of->next++;
    item->data = block;
    item->bytes = sizeof *block;
    atomic_fetch_add(&blocks, 1);
    return YOKE_STAGE_PASS;
}

static int copy_block(const yoke_item *from, yoke_item *to, void *state) {
    (void)state;
    size_t *block = malloc(sizeof *block);
    if (!block) abort();
    *block = *(const size_t *)from->data + 1000;
    to->data = block;
    atomic_fetch_add(&blocks, 1);
    return YOKE_OK;
}

static int free_block(yoke_flow *flow, yoke_item *item) {
    size_t *sum = flow->state;
    *sum += *(const size_t *)item->data;
    free(item->data);
    atomic_fetch_sub(&blocks, 1);
    return YOKE_STAGE_PASS;
}

static void copies_go_all_ways(const yoke_pipeline_options *options) {
    enum { N = 500 };
    numbers source = {0, N};
    size_t sums[3] = {0};
    static const size_t all[] = {1, 2, 3};
    yoke_stage stages[] = {
        {.name = "blocks",
         .run = give_block,
         .state = &source,
         .next = all,
         .fan = 3,
         .copy = copy_block},
        {.name = "a",
         .kind = YOKE_STAGE_SERIAL,
         .run = free_block,
         .state = &sums[0],
         .sink = true},
        {.name = "b",
         .kind = YOKE_STAGE_IN_ORDER,
         .run = free_block,
         .state = &sums[1],
         .sink = true},
        {.name = "c", .kind = YOKE_STAGE_SERIAL, .run = free_block, .state = &sums[2]},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 4, options), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&blocks), 0);
    size_t plain = (size_t)N * (N - 1) / 2;
    CU_ASSERT_EQUAL(sums[0], plain);
    CU_ASSERT_EQUAL(sums[1], plain + 1000 * N);
    CU_ASSERT_EQUAL(sums[2], plain + 1000 * N);
}

TEST(copies_are_items_of_their_own) { each_way(copies_go_all_ways); }

/* ---- many from one */

typedef struct flood {
    size_t left;
    atomic_long now, most;
} flood;

static int pour(yoke_flow *flow, yoke_item *item) {
    flood *f = flow->state;
    for (int i = 0; i < 10 && number_in(item); i++) {
        set_number(item, number_in(item) - 1);
        long now = atomic_fetch_add(&f->now, 1) + 1;
        if (now > atomic_load(&f->most)) atomic_store(&f->most, now);
        YOKE_TRY(yoke_stage_emit(flow, &(yoke_item){.data = item->data}));
    }
    return number_in(item) ? YOKE_STAGE_MORE : YOKE_STAGE_DROP;
}

static int drain(yoke_flow *flow, yoke_item *item) {
    (void)item;
    flood *f = flow->state;
    atomic_fetch_sub(&f->now, 1);
    f->left--;
    return YOKE_STAGE_PASS;
}

static int give_many(yoke_flow *flow, yoke_item *item) {
    numbers *of = flow->state;
    if (of->next++ == of->n) return YOKE_STAGE_END;
    set_number(item, 1000);
    return YOKE_STAGE_PASS;
}

/* A thousand from each item; of a token there are the last ten of one and ten of the next. */
static void a_flood_is_bounded(const yoke_pipeline_options *options) {
    enum { N = 100 };
    numbers source = {0, N};
    flood f = {.left = 1000 * N};
    yoke_stage stages[] = {
        {.name = "many", .run = give_many, .state = &source},
        {.name = "pour", .run = pour, .state = &f},
        {.name = "drain", .kind = YOKE_STAGE_IN_ORDER, .run = drain, .state = &f},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 3, options), YOKE_OK);
    CU_ASSERT_EQUAL(f.left, 0);
    CU_ASSERT_EQUAL(atomic_load(&f.now), 0);
    CU_ASSERT(atomic_load(&f.most) <= 20L * 4 * options->workers);
}

TEST(what_a_stage_makes_of_one_item_is_bounded) { each_way(a_flood_is_bounded); }

/* ---- the end */

/* Sums of seven; what is left comes at the end, piece by piece. */
typedef struct window {
    size_t count, ends;
    uintptr_t sum;
} window;

static int add_to_window(yoke_flow *flow, yoke_item *item) {
    window *w = flow->state;
    w->sum += number_in(item);
    if (++w->count < 7) return YOKE_STAGE_DROP;
    set_number(item, w->sum);
    w->count = w->sum = 0;
    return YOKE_STAGE_PASS;
}

static int end_window(yoke_flow *flow) {
    window *w = flow->state;
    yoke_item item = {.data = (void *)(w->sum + w->ends)};
    YOKE_TRY(yoke_stage_emit(flow, &item));
    return ++w->ends < 3 ? YOKE_STAGE_MORE : YOKE_OK;
}

static void windows(const yoke_pipeline_options *options) {
    enum { N = 100 };
    numbers source = {0, N};
    window first = {0}, second = {0};
    notes sink = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "sevens",
         .kind = YOKE_STAGE_IN_ORDER,
         .run = add_to_window,
         .state = &first,
         .end = end_window},
        {.name = "again",
         .kind = YOKE_STAGE_IN_ORDER,
         .run = add_to_window,
         .state = &second,
         .end = end_window},
        {.name = "note", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &sink},
    };
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 4, options), YOKE_OK);
    /* 14 sums of seven and 98 + 99, 198, 199: sums of seven of these, and what is left of three */
    uintptr_t left = 98 + 99, sevens[17], twos[2] = {0}, rest = 0;
    for (uintptr_t i = 0; i < 14; i++) sevens[i] = 7 * (7 * i) + 21;
    for (uintptr_t i = 0; i < 3; i++) sevens[14 + i] = left + i;
    for (size_t i = 0; i < 14; i++) twos[i / 7] += sevens[i];
    for (size_t i = 14; i < 17; i++) rest += sevens[i];
    uintptr_t expected[] = {twos[0], twos[1], rest, rest + 1, rest + 2};
    CU_ASSERT_EQUAL(sink.count, COUNT(expected));
    CU_ASSERT(sink.count == COUNT(expected) && memcmp(sink.number, expected, sizeof expected) == 0);
    notes_fini(&sink);
}

TEST(stages_emit_what_is_left_at_the_end) { each_way(windows); }
