/* SPDX-License-Identifier: Apache-2.0
 *
 * Predictions, confirmed on a clock that the stages move. Simulated workers ask the desk what to
 * do; a visit lasts as long as its stage says, and the worker asks again when the clock has come
 * there. So a run with more workers, or a faster stage, is really scheduled, and takes no time.
 */
#include <math.h>

#include "pipeline/flow.h"
#include "tests/pipeline_use.h"

enum { MOST_STAGES = 6, MOST_WORKERS = 9 };

/* ---- a pipeline whose stages only take time */

typedef struct synthetic {
    size_t count, items;
    int workers;
    size_t batch;
    double cost[MOST_STAGES], spread; /* nanoseconds an item, and by which part it varies */
    yoke_stage_kind kind[MOST_STAGES];
    int64_t clock, took; /* now; what the visit in work has taken */
} synthetic;

typedef struct stage_state {
    synthetic *of;
    size_t at, given;
    uint64_t random;
} stage_state;

static void take_time(stage_state *s) {
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    double part = (double)(s->random >> 11) / (double)(1ull << 53);
    s->of->took += (int64_t)(s->of->cost[s->at] * (1 + s->of->spread * (2 * part - 1)));
}

static int give(yoke_flow *flow, yoke_item *item) {
    stage_state *s = flow->state;
    (void)item;
    if (s->given == s->of->items) return YOKE_STAGE_END;
    s->given++;
    take_time(s);
    return YOKE_STAGE_PASS;
}

static int work(yoke_flow *flow, yoke_item *item) {
    (void)item;
    take_time(flow->state);
    return YOKE_STAGE_PASS;
}

/* ---- simulated workers */

static int64_t now(void *ctx) { return ((synthetic *)ctx)->clock; }

typedef struct simulation {
    synthetic *model;
    yoke__pipeline *p;
    int64_t until[MOST_WORKERS]; /* when it asks; INT64_MAX: it rests, or has left */
    bool left[MOST_WORKERS];
} simulation;

static void wake(simulation *s, int count) {
    for (int i = 0; i < s->model->workers && count; i++) {
        if (s->left[i] || s->until[i] != INT64_MAX) continue;
        s->until[i] = s->model->clock;
        count--;
    }
}

static void ask(simulation *s, int worker) {
    yoke__hand *hand = &s->p->hands[worker];
    int count = 0;
    yoke__order order = yoke__desk_next(hand, &count);
    s->until[worker] = INT64_MAX;
    s->left[worker] = order == YOKE__LEAVE;
    if (order == YOKE__VISIT) {
        s->model->took = 0;
        yoke__visit(hand);
        s->until[worker] = s->model->clock + s->model->took;
    }
    wake(s, count);
}

static int first(const simulation *s) {
    int least = -1;
    for (int i = 0; i < s->model->workers; i++)
        if (s->until[i] != INT64_MAX && (least < 0 || s->until[i] < s->until[least])) least = i;
    return least;
}

/* Returns the nanoseconds of the whole run. */
static int64_t simulate(synthetic *m, yoke_pipeline_report *report) {
    yoke_stage stages[MOST_STAGES];
    stage_state states[MOST_STAGES];
    for (size_t i = 0; i < m->count; i++) {
        states[i] = (stage_state){.of = m, .at = i, .random = i};
        stages[i] = (yoke_stage){
            .name = "stage", .kind = m->kind[i], .run = i ? work : give, .state = &states[i]};
    }
    yoke__pipeline p;
    yoke_pipeline_options options = {.workers = m->workers, .batch = m->batch, .report = report};
    REQUIRE(yoke__pipeline_open(&p, stages, m->count, &options) == YOKE_OK);
    p.now = now;
    p.now_ctx = m;
    p.began = m->clock = 0;
    simulation s = {.model = m, .p = &p};
    for (int next; (next = first(&s)) >= 0;) {
        m->clock = s.until[next];
        ask(&s, next);
    }
    CU_ASSERT_EQUAL(p.status, YOKE_OK);
    CU_ASSERT_EQUAL(yoke__pipeline_close(&p, YOKE_OK), YOKE_OK);
    for (int i = 0; i < m->workers; i++) CU_ASSERT(s.left[i]);
    return m->clock;
}

/* How many times as fast `other` is. */
static double real_gain(const synthetic *m, const synthetic *other) {
    synthetic a = *m, b = *other;
    yoke_pipeline_report report;
    int64_t before = simulate(&a, &report);
    yoke_pipeline_report_fini(&report);
    int64_t after = simulate(&b, &report);
    yoke_pipeline_report_fini(&report);
    return (double)before / (double)after;
}

/* ---- predictions */

static void confirm(double predicted, double real) {
    double off = predicted / real > 1 ? predicted / real - 1 : real / predicted - 1;
    CU_ASSERT(off < 0.2);
}

static void check_model(const synthetic *m) {
    yoke_pipeline_report report;
    synthetic copy = *m;
    simulate(&copy, &report);
    synthetic more = *m;
    more.workers++;
    confirm(report.gain_worker, real_gain(m, &more));
    for (size_t i = 0; i < m->count; i++) {
        synthetic faster = *m;
        faster.cost[i] /= 2;
        confirm(report.stages[i].gain, real_gain(m, &faster));
    }
    yoke_pipeline_report_fini(&report);
}

static synthetic random_model(void) {
    synthetic m = {.count = 2 + test_random_below(MOST_STAGES - 1), .items = 5000};
    m.workers = 1 + (int)test_random_below(MOST_WORKERS - 1);
    m.batch = 1 + test_random_below(10);
    m.spread = (double)test_random_below(50) / 100;
    for (size_t i = 0; i < m.count; i++) {
        m.kind[i] = (yoke_stage_kind)test_random_below(3);
        m.cost[i] = 100 + (double)test_random_below(1000);
        if (m.kind[i] == YOKE_STAGE_PARALLEL && i) m.cost[i] *= 1 + (double)test_random_below(8);
    }
    return m;
}

TEST_WITH_LIMIT(predictions_are_right_within_a_fifth, 60) {
    for (size_t i = 0; i < test_size(60, 10); i++) {
        synthetic m = random_model();
        check_model(&m);
    }
}

/* ---- known shapes */

/* Four stages, of which the first is the source and the last the sink. */
typedef struct shape {
    const char *name;
    int workers;
    double cost[4];
    const char *kinds; /* parallel, serial, in order */
    size_t limiting;
    double worker, faster; /* the gains: one worker more; the limiting stage twice as fast */
} shape;

/* By the law of the bottleneck. */
static const shape shapes[] = {
    {"one slow serial stage", 4, {100, 300, 1500, 100}, "spso", 2, 1, 2},
    {"one of which the workers are near", 3, {100, 900, 900, 100}, "spso", 2, 1, 54. / 31},
    {"a slow parallel stage", 3, {100, 1600, 200, 100}, "sppo", 1, 4. / 3, 5. / 3},
    {"one worker", 1, {100, 1600, 200, 100}, "spso", 1, 2, 5. / 3},
    {"bound by the source", 4, {1200, 300, 300, 200}, "sppo", 0, 1, 2},
    {"bound by the source, few workers", 2, {1200, 300, 300, 200}, "sppo", 0, 1, 12. / 7},
    {"bound by the sink", 4, {200, 300, 300, 1200}, "sppo", 3, 1, 2},
    {"two nearly equal", 6, {50, 1000, 920, 30}, "ssoo", 1, 1, 100. / 92},
    {"two nearly equal, the other", 6, {50, 920, 1000, 30}, "soso", 2, 1, 100. / 92},
};

static void check_shape(const shape *of, size_t batch, double spread) {
    synthetic m = {.count = 4, .items = 4000, .workers = of->workers, .batch = batch};
    m.spread = spread;
    for (size_t i = 0; i < 4; i++) {
        char kind = of->kinds[i];
        m.cost[i] = of->cost[i];
        m.kind[i] = kind == 'p'   ? YOKE_STAGE_PARALLEL
                    : kind == 's' ? YOKE_STAGE_SERIAL
                                  : YOKE_STAGE_IN_ORDER;
    }
    yoke_pipeline_report report;
    synthetic copy = m;
    simulate(&copy, &report);
    bool right = report.limiting == of->limiting && fabs(report.gain_worker - of->worker) < 0.05 &&
                 fabs(report.stages[of->limiting].gain - of->faster) < 0.05;
    if (!right) printf("    %s\n", of->name);
    CU_ASSERT(right);
    yoke_pipeline_report_fini(&report);
    check_model(&m);
}

/* What is predicted is what the law says, and what the run then does. */
TEST(shapes_are_told_apart) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_shape(&shapes[i], 1, 0);
        check_shape(&shapes[i], 10, 0);
        check_shape(&shapes[i], 4, 0.3);
    }
}

/* ---- the batch */

/* Batches of items that take so long, one of which is disturbed now and then. */
static yoke__batch_size measured(int64_t each, size_t most) {
    yoke__batch_size batch;
    yoke__batch_size_init(&batch, 0, most);
    for (int i = 0; i < 100; i++) {
        int64_t took = each * (int64_t)batch.size;
        yoke__batch_size_observe(&batch, batch.size, i % 4 == 2 ? took + 10000000 : took);
        if (batch.size > 1) yoke__batch_size_observe(&batch, batch.size - 1, 10000000);
    }
    CU_ASSERT(batch.settled);
    return batch;
}

TEST(a_batch_takes_long_enough_and_not_much_longer) {
    for (int64_t each = 50; each < 10000000; each = each * 3 / 2) {
        yoke__batch_size batch = measured(each, 100000);
        int64_t took = each * (int64_t)batch.size;
        CU_ASSERT(took >= 100000 && (took <= 200000 || batch.size == 1));
        CU_ASSERT(measured(each, 20).size <= 20);
    }
    CU_ASSERT_STRING_EQUAL(measured(1000, 100000).why, "an item takes 1 us in all stages");
    CU_ASSERT_STRING_EQUAL(measured(1000, 20).why,
                           "an item takes 1 us in all stages, the most allowed");
}

/* One large item in a hundred: batches do not grow on the ninety-nine others. */
TEST(rare_large_items_count) {
    yoke__batch_size batch;
    yoke__batch_size_init(&batch, 0, 100000);
    for (int i = 0; i < 1000; i++) {
        int64_t took = 0;
        for (size_t k = 0; k < batch.size; k++) took += test_random_below(100) ? 100 : 1000000;
        yoke__batch_size_observe(&batch, batch.size, took);
    }
    CU_ASSERT(batch.settled && batch.size < 2000);
}

/* ---- sleeping */

/* A worker is told to rest, and before it does all comes to its end: it must not sleep. */
TEST(a_wake_up_before_the_sleep_is_not_lost) {
    synthetic m = {.count = 2, .items = 1, .workers = 2, .batch = 1};
    stage_state states[] = {{.of = &m, .at = 0}, {.of = &m, .at = 1}};
    yoke_stage stages[] = {{.name = "give", .run = give, .state = &states[0]},
                           {.name = "work", .run = work, .state = &states[1]}};
    yoke__pipeline p;
    yoke_pipeline_options options = {.workers = 2, .batch = 1};
    REQUIRE(yoke__pipeline_open(&p, stages, 2, &options) == YOKE_OK);
    int count = 0;
    CU_ASSERT_EQUAL(yoke__desk_next(&p.hands[0], &count), YOKE__VISIT);
    CU_ASSERT_EQUAL(yoke__desk_next(&p.hands[1], &count), YOKE__REST);
    do yoke__visit(&p.hands[0]);
    while (yoke__desk_next(&p.hands[0], &count) == YOKE__VISIT);
    CU_ASSERT_EQUAL(count, 1);
    yoke__hand_rest(&p.hands[1]);
    CU_ASSERT_EQUAL(yoke__desk_next(&p.hands[1], &count), YOKE__LEAVE);
    CU_ASSERT_EQUAL(yoke__pipeline_close(&p, YOKE_OK), YOKE_OK);
}
