/* SPDX-License-Identifier: Apache-2.0
 *
 * Items that fail, runs that are stopped, bounds of what is in flight. Items are blocks of memory,
 * so that one which is lost or released twice shows.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/pipeline_use.h"

/* ---- blocks */

typedef struct shop {
    size_t next, n;      /* of the source */
    atomic_long blocks;  /* alive */
    atomic_long most;    /* alive at the same time */
    atomic_long begun;   /* by be_slow */
    size_t bad, period;  /* fails: bad, bad + period, ... */
    notes seen;          /* by the sink */
    yoke_cancel *cancel; /* requested at the item `bad` */
} shop;

static int make_block(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    if (s->next == s->n) return YOKE_STAGE_END;
    size_t *block = malloc(sizeof *block);
    if (!block) return yoke_fail(YOKE_ENOMEM, NULL);
    *block = s->next++;
    *item = (yoke_item){.data = block, .bytes = 100};
    long now = atomic_fetch_add(&s->blocks, 1) + 1;
    if (now > atomic_load(&s->most)) atomic_store(&s->most, now);
    return YOKE_STAGE_PASS;
}

static void drop_block(yoke_item *item, void *state) {
    free(item->data);
    atomic_fetch_sub(&((shop *)state)->blocks, 1);
}

static int look_at(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    size_t number = *(const size_t *)item->data;
    if (s->period && number >= s->bad && (number - s->bad) % s->period == 0)
        return yoke_fail(YOKE_EDATA, "block %zu is bad", number);
    if (s->cancel && number == s->bad) yoke_cancel_request(s->cancel);
    return YOKE_STAGE_PASS;
}

static int take_block(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    yoke_item number = {.index = item->index};
    set_number(&number, *(const size_t *)item->data);
    note_in(&s->seen, &number);
    drop_block(item, s);
    return YOKE_STAGE_PASS;
}

static void save_block(const yoke_item *item, const void **bytes, size_t *size, void *state) {
    (void)state;
    *bytes = item->data;
    *size = sizeof(size_t);
}

enum { SHOP_STAGES = 3 };

static void make_shop(shop *s, yoke_stage_error on_error, yoke_stage stages[SHOP_STAGES]) {
    stages[0] = (yoke_stage){.name = "make", .run = make_block, .state = s};
    stages[1] = (yoke_stage){.name = "look",
                             .run = look_at,
                             .state = s,
                             .on_error = on_error,
                             .discard = drop_block,
                             .save = save_block};
    stages[2] = (yoke_stage){.name = "take",
                             .kind = YOKE_STAGE_IN_ORDER,
                             .run = take_block,
                             .state = s,
                             .discard = drop_block};
}

static int run_shop(shop *s, yoke_stage_error on_error, const yoke_pipeline_options *options) {
    yoke_stage stages[SHOP_STAGES];
    make_shop(s, on_error, stages);
    int status = yoke_pipeline_run(stages, SHOP_STAGES, options);
    CU_ASSERT_EQUAL(atomic_load(&s->blocks), 0);
    return status;
}

/* ---- failures */

static void the_first_failure_ends(const yoke_pipeline_options *options) {
    shop s = {.n = 3000, .bad = 1000, .period = 7};
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, options), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "block 1000 is bad");
    size_t wrong = 0;
    for (size_t i = 0; i < s.seen.count; i++) wrong += s.seen.number[i] != i;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(s.seen.count, 1000);
    notes_fini(&s.seen);
}

TEST(the_first_failure_is_returned_and_what_is_before_it_passes) {
    each_way(the_first_failure_ends);
}

static void failures_are_skipped(const yoke_pipeline_options *options) {
    enum { N = 1000 };
    shop s = {.n = N, .bad = 3, .period = 10};
    yoke_pipeline_report report;
    yoke_pipeline_options with = *options;
    with.report = &report;
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_SKIP, &with), YOKE_OK);
    CU_ASSERT_EQUAL(s.seen.count, N - N / 10);
    size_t wrong = 0;
    for (size_t i = 0; i < s.seen.count; i++)
        wrong += s.seen.index[i] != s.seen.number[i] || s.seen.index[i] % 10 == 3 ||
                 (i && s.seen.index[i] <= s.seen.index[i - 1]);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(report.stages[1].in, N);
    CU_ASSERT_EQUAL(report.stages[1].out, N - N / 10);
    CU_ASSERT_EQUAL(report.stages[1].skipped, N / 10);
    CU_ASSERT_EQUAL(report.stages[1].quarantined, 0);
    yoke_pipeline_report_fini(&report);
    notes_fini(&s.seen);
}

TEST(failures_may_be_skipped) { each_way(failures_are_skipped); }

/* Reads a record of the side file: its number, which must fit all that is said of it. */
static long read_record(FILE *file) {
    unsigned long long index;
    size_t size, number;
    char status[32], detail[64], expected[64];
    if (fscanf(file, "%llu\tlook\t%31s\t%zu\t%63[^\n]", &index, status, &size, detail) != 4)
        return -1;
    snprintf(expected, sizeof expected, "block %llu is bad", index);
    CU_ASSERT_STRING_EQUAL(detail, expected);
    CU_ASSERT_STRING_EQUAL(status, "YOKE_EDATA");
    CU_ASSERT_EQUAL(size, sizeof number);
    CU_ASSERT_EQUAL(getc(file), '\n');
    CU_ASSERT_EQUAL(fread(&number, sizeof number, 1, file), 1);
    CU_ASSERT_EQUAL(number, index);
    CU_ASSERT_EQUAL(getc(file), '\n');
    return (long)index;
}

TEST(failures_may_go_to_a_side_file) {
    shop s = {.n = 1000, .bad = 3, .period = 10};
    const char *path = test_file("bad", "", 0);
    yoke_pipeline_options options = {.workers = 3, .batch = 5, .quarantine = path};
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_QUARANTINE, &options), YOKE_OK);
    CU_ASSERT_EQUAL(s.seen.count, 900);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    bool met[1000] = {false};
    int count = 0;
    for (long index; (index = read_record(file)) >= 0; count++) {
        CU_ASSERT(index < 1000 && index % 10 == 3 && !met[index]);
        met[index % 1000] = true;
    }
    CU_ASSERT_EQUAL(count, 100);
    fclose(file);
    notes_fini(&s.seen);
}

TEST(a_side_file_that_cannot_be_opened_fails) {
    shop s = {.n = 10};
    yoke_pipeline_options options = {.quarantine = "/nowhere/bad"};
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_QUARANTINE, &options), YOKE_EIO);
    CU_ASSERT_EQUAL(s.next, 0);
}

TEST(a_side_file_that_is_full_ends_the_run) {
    shop s = {.n = 1000, .bad = 30, .period = 10};
    yoke_pipeline_options options = {.workers = 2, .quarantine = "/dev/full"};
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_QUARANTINE, &options), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "/dev/full: No space left on device");
    CU_ASSERT_EQUAL(s.seen.count, 30);
    notes_fini(&s.seen);
}

static int give_a_few(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    if (s->next == 100) return yoke_fail(YOKE_EIO, "the source is dry");
    return make_block(flow, item);
}

static void a_source_fails(const yoke_pipeline_options *options) {
    shop s = {.n = 1000};
    yoke_stage stages[SHOP_STAGES];
    make_shop(&s, YOKE_STAGE_FAIL, stages);
    stages[0].run = give_a_few;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, SHOP_STAGES, options), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "the source is dry");
    CU_ASSERT_EQUAL(s.seen.count, 100);
    CU_ASSERT_EQUAL(atomic_load(&s.blocks), 0);
    notes_fini(&s.seen);
}

TEST(what_a_source_gave_before_it_failed_passes) { each_way(a_source_fails); }

static size_t route_far(const yoke_item *item, void *state) {
    (void)state;
    return *(const size_t *)item->data == 50 ? 1 : 0;
}

TEST(a_way_that_is_not_there_ends_the_run) {
    shop s = {.n = 1000};
    yoke_stage stages[SHOP_STAGES];
    static const size_t next[] = {2};
    make_shop(&s, YOKE_STAGE_SKIP, stages);
    stages[1].next = next;
    stages[1].fan = 1;
    stages[1].route = route_far;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, SHOP_STAGES, NULL), YOKE_ERANGE);
    CU_ASSERT_EQUAL(s.seen.count, 50);
    CU_ASSERT_EQUAL(atomic_load(&s.blocks), 0);
    notes_fini(&s.seen);
}

static int end_badly(yoke_flow *flow) {
    (void)flow;
    return yoke_fail(YOKE_EDATA, "a bad end");
}

TEST(a_failure_at_the_end_is_returned) {
    shop s = {.n = 100};
    yoke_stage stages[SHOP_STAGES];
    make_shop(&s, YOKE_STAGE_SKIP, stages);
    stages[1].end = end_badly;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, SHOP_STAGES, NULL), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "a bad end");
    CU_ASSERT_EQUAL(s.seen.count, 100);
    notes_fini(&s.seen);
}

/* ---- stopping */

static void cancelled(const yoke_pipeline_options *options) {
    shop s = {.n = SIZE_MAX, .bad = 100}; /* it would never end */
    REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
    yoke_pipeline_options with = *options;
    with.cancel = s.cancel;
    with.name = "endless";
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, &with), YOKE_ECANCELED);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "endless: The work was cancelled.");
    yoke_cancel_release(s.cancel);
    notes_fini(&s.seen);
}

TEST(a_token_cancels_a_run) { each_way(cancelled); }

static void late(const yoke_pipeline_options *options) {
    shop s = {.n = SIZE_MAX};
    yoke_pipeline_options with = *options;
    with.deadline = yoke_deadline_in(0.001);
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, &with), YOKE_ETIMEDOUT);
    notes_fini(&s.seen);
}

TEST(a_deadline_ends_a_run) {
    each_way(late);
    shop s = {.n = 100};
    CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, &(yoke_pipeline_options){.deadline = 1}),
                    YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(s.next, 0);
    CU_ASSERT_EQUAL(
        run_shop(&s, YOKE_STAGE_FAIL, &(yoke_pipeline_options){.deadline = YOKE_FOREVER}), YOKE_OK);
    notes_fini(&s.seen);
}

/* Inside of a batch, too: no item is begun that need not be. */
static int be_slow(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    atomic_fetch_add(&s->begun, 1);
    usleep(s->cancel ? 0 : 2000);
    return look_at(flow, item);
}

static long begun_of_a_batch(shop *s, yoke_pipeline_options *options, int status) {
    yoke_stage stages[SHOP_STAGES];
    make_shop(s, YOKE_STAGE_FAIL, stages);
    stages[1].run = be_slow;
    options->batch = s->n;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, SHOP_STAGES, options), status);
    CU_ASSERT_EQUAL(atomic_load(&s->blocks), 0);
    notes_fini(&s->seen);
    return atomic_load(&s->begun);
}

TEST(a_batch_that_has_begun_is_stopped_between_items) {
    shop s = {.n = 1000, .bad = 10};
    REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
    yoke_pipeline_options with = {.cancel = s.cancel};
    CU_ASSERT_EQUAL(begun_of_a_batch(&s, &with, YOKE_ECANCELED), 11);
    yoke_cancel_release(s.cancel);
    shop slow = {.n = 100000};
    with = (yoke_pipeline_options){.deadline = yoke_deadline_in(0.05)};
    CU_ASSERT(begun_of_a_batch(&slow, &with, YOKE_ETIMEDOUT) <= 0.05 / 0.002);
}

/* A source that has nothing for now is asked again, and can be stopped. */
static int poll_empty(yoke_flow *flow, yoke_item *item) {
    (void)item;
    shop *s = flow->state;
    if (++s->next == 100 && s->cancel) yoke_cancel_request(s->cancel);
    return s->next == 200 ? YOKE_STAGE_END : YOKE_STAGE_DROP;
}

TEST(a_source_without_items_can_be_stopped) {
    shop s = {0};
    yoke_stage stages[SHOP_STAGES];
    make_shop(&s, YOKE_STAGE_FAIL, stages);
    stages[0].run = poll_empty;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, SHOP_STAGES, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(s.next, 200);
    s.next = 0;
    REQUIRE(yoke_cancel_create(&s.cancel) == YOKE_OK);
    CU_ASSERT_EQUAL(
        yoke_pipeline_run(stages, SHOP_STAGES, &(yoke_pipeline_options){.cancel = s.cancel}),
        YOKE_ECANCELED);
    CU_ASSERT_EQUAL(s.next, 100);
    yoke_cancel_release(s.cancel);
}

/* What the source gave goes on its way at once when it has nothing more for now, however large the
 * batch: the source waits for the sink here. */
static int give_and_wait(yoke_flow *flow, yoke_item *item) {
    shop *s = flow->state;
    if (s->next > (size_t)atomic_load(&s->most)) return YOKE_STAGE_DROP;
    if (s->next == 20) return YOKE_STAGE_END;
    s->next++;
    set_number(item, 1);
    return YOKE_STAGE_PASS;
}

static int take_and_say(yoke_flow *flow, yoke_item *item) {
    (void)item;
    atomic_fetch_add(&((shop *)flow->state)->most, 1);
    return YOKE_STAGE_PASS;
}

static void nothing_is_held_back(const yoke_pipeline_options *options) {
    shop s = {0};
    yoke_stage stages[] = {{.name = "give", .run = give_and_wait, .state = &s},
                           {.name = "take", .run = take_and_say, .state = &s}};
    yoke_pipeline_options with = *options;
    with.batch = 100;
    CU_ASSERT_EQUAL(yoke_pipeline_run(stages, 2, &with), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&s.most), 20);
}

TEST(a_batch_does_not_wait_for_a_source_without_items) { each_way(nothing_is_held_back); }

/* ---- bounds */

static void items_are_bounded(const yoke_pipeline_options *options) {
    for (size_t bound = 1; bound < 100; bound = 3 * bound + 1) {
        shop s = {.n = 1000};
        yoke_pipeline_report report;
        yoke_pipeline_options with = *options;
        with.items = bound;
        with.report = &report;
        CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, &with), YOKE_OK);
        CU_ASSERT_EQUAL(s.seen.count, 1000);
        CU_ASSERT(atomic_load(&s.most) <= (long)bound);
        CU_ASSERT(report.peak_items <= bound);
        CU_ASSERT(report.batch <= bound);
        yoke_pipeline_report_fini(&report);
        notes_fini(&s.seen);
    }
}

TEST(items_in_flight_are_bounded) { each_way(items_are_bounded); }

/* Every item says that it has 100 bytes. */
static void bytes_are_bounded(const yoke_pipeline_options *options) {
    for (size_t bound = 1; bound < 10000; bound *= 20) {
        shop s = {.n = 1000};
        yoke_pipeline_report report;
        yoke_pipeline_options with = *options;
        with.bytes = bound;
        with.report = &report;
        CU_ASSERT_EQUAL(run_shop(&s, YOKE_STAGE_FAIL, &with), YOKE_OK);
        CU_ASSERT_EQUAL(s.seen.count, 1000);
        size_t token =
            bound / (2 * (size_t)options->workers) + 100; /* what the last one may take */
        CU_ASSERT(report.peak_bytes < bound + token);
        CU_ASSERT(atomic_load(&s.most) * 100 < (long)(bound + token + 100));
        yoke_pipeline_report_fini(&report);
        notes_fini(&s.seen);
    }
}

TEST(bytes_in_flight_are_bounded) { each_way(bytes_are_bounded); }
