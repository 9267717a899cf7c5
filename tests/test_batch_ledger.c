/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs that go on from a ledger; also from ledgers that are torn or damaged at every place.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/batch_use.h"
#include "tests/pipeline_use.h"

/* ---- going on */

/* Stops at an item, goes on, and once more when all is done. */
static void goes_on(const yoke_pipeline_options *options) {
    for (int i = 0; i < 4; i++) {
        world w = {.in_order = i & 1, .fails = i & 2, .stop_at = 100};
        yoke_batch batch = batch_of(&w, 200, options->workers, options->batch);
        yoke_batch_report report;
        batch.ledger = ledger_path();
        batch.job = "numbers";
        batch.sync = i == 0 && options->batch >= 64 ? YOKE_BATCH_SYNC_BATCH : YOKE_BATCH_SYNC_NONE;
        batch.on_error = YOKE_BATCH_FAIL;
        w.fails = false;
        CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_EIO);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "item 100 stops");
        w = (world){.in_order = i & 1};
        CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
        size_t wrong = w.wrong;
        for (uint64_t k = 0; k < 200; k++)
            wrong += w.told[k] != 1 || atomic_load(&w.ran[k]) + w.told_before[k] != 1 ||
                     (k < 100 && !w.told_before[k]);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT(report.before >= 100);
        CU_ASSERT_EQUAL(report.before + report.run, 200);
        w = (world){.in_order = i & 1};
        batch.done = i & 2 ? NULL : tell;
        CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
        for (uint64_t k = 0; k < 200; k++)
            wrong += atomic_load(&w.ran[k]) || w.told_before[k] != (batch.done ? 1 : 0);
        CU_ASSERT_EQUAL(wrong + w.wrong, 0);
        CU_ASSERT_EQUAL(report.before, 200);
        CU_ASSERT_EQUAL(report.run, 0);
        REQUIRE(unlink(batch.ledger) == 0);
    }
}

TEST(a_batch_goes_on_from_its_ledger) { each_way(goes_on); }

TEST(failures_are_recorded_and_may_be_run_again) {
    world w = {.fails = true};
    yoke_batch batch = batch_of(&w, 100, 2, 0);
    yoke_batch_report report;
    batch.ledger = ledger_path();
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.failed, 10);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.before, 100);
    CU_ASSERT_EQUAL(report.failed, 10);
    CU_ASSERT_EQUAL(w.wrong, 0);
    batch.retry_failed = true;
    w = (world){0};
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.before, 90);
    CU_ASSERT_EQUAL(report.run, 10);
    CU_ASSERT_EQUAL(report.failed, 0);
    CU_ASSERT_EQUAL(w.wrong, 0);
    for (size_t i = 0; i < 100; i++) CU_ASSERT_EQUAL(atomic_load(&w.ran[i]), is_bad(i));
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.before, 100);
}

TEST(a_ledger_of_another_batch_is_refused) {
    world w = {0};
    yoke_batch batch = batch_of(&w, 20, 1, 0);
    batch.ledger = ledger_path();
    batch.job = "one";
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_OK);
    batch.job = "two";
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EINVAL);
    CU_ASSERT(strstr(yoke_error_detail(), "a ledger of 'one', not of 'two'") != NULL);
    batch.job = "one";
    batch.items = 21;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EINVAL);
    CU_ASSERT(strstr(yoke_error_detail(), "a ledger of 20 items, not of 21") != NULL);
    batch.ledger = test_file("text", "This is a letter, and no ledger at all.", 39);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EDATA);
    batch.ledger = test_file("short", "letter", 6);
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EDATA);
    batch.ledger = "/nowhere/ledger";
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EIO);
}

static int run_within(yoke_batch_work *work) {
    yoke_batch *batch = work->ctx;
    return yoke_batch_run(batch, NULL);
}

TEST(a_ledger_is_used_by_one_at_a_time) {
    yoke_batch batch = {.items = 1, .run = run_within, .ledger = ledger_path()};
    batch.ctx = &batch;
    CU_ASSERT_EQUAL(yoke_batch_run(&batch, NULL), YOKE_EIO);
    CU_ASSERT(strstr(yoke_error_detail(), "the ledger is in use") != NULL);
}

/* ---- torn and damaged */

static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    char *bytes = malloc(1 << 16);
    REQUIRE(file && bytes);
    *size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

/* Runs a batch of six items with the ledger given; what was told must be right in any case. */
static int resume(const char *bytes, size_t size, world *w, yoke_batch_report *report) {
    *w = (world){.in_order = true};
    yoke_batch batch = batch_of(w, 6, 1, 1);
    batch.ledger = test_file("ledger", bytes, size);
    batch.job = "six";
    int status = yoke_batch_run(&batch, report);
    CU_ASSERT_EQUAL(w->wrong, 0);
    return status;
}

static char *six(size_t *size) {
    world w = {.in_order = true};
    yoke_batch batch = batch_of(&w, 6, 1, 1);
    batch.ledger = ledger_path();
    batch.job = "six";
    REQUIRE(yoke_batch_run(&batch, NULL) == YOKE_OK);
    return read_file(batch.ledger, size);
}

TEST(a_ledger_may_end_anywhere) {
    size_t size;
    char *bytes = six(&size);
    uint64_t before = 0;
    for (size_t end = 0; end <= size; end++) {
        world w;
        yoke_batch_report report;
        CU_ASSERT_EQUAL(resume(bytes, end, &w, &report), YOKE_OK);
        CU_ASSERT_EQUAL(report.before + report.run, 6);
        CU_ASSERT(report.before >= before);
        before = report.before;
        for (uint64_t i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(atomic_load(&w.ran[i]), i >= report.before);
        size_t again;
        char *whole = read_file(ledger_path(), &again);
        CU_ASSERT_EQUAL(again, size);
        CU_ASSERT_EQUAL(memcmp(whole, bytes, size), 0);
        free(whole);
    }
    CU_ASSERT_EQUAL(before, 6);
    free(bytes);
}

/* As a file system may leave it when the machine stops. */
TEST(zeros_at_the_end_are_cut_off) {
    size_t size;
    char *bytes = six(&size);
    char *longer = calloc(1, size + (1 << 15));
    memcpy(longer, bytes, size);
    world w;
    yoke_batch_report report;
    CU_ASSERT_EQUAL(resume(longer, size + (1 << 15), &w, &report), YOKE_OK);
    CU_ASSERT_EQUAL(report.torn, 1 << 15);
    CU_ASSERT_EQUAL(report.before, 6);
    free(longer);
    free(bytes);
}

/* A bit of each byte: either the damage is noticed, or it was at the end and is cut off; never is
 * something told that is wrong. */
TEST(no_damage_goes_unnoticed) {
    size_t size;
    char *bytes = six(&size);
    size_t refused = 0;
    for (size_t byte = 0; byte < size; byte++) {
        size_t bit = 8 * byte + test_random_below(8);
        world w;
        yoke_batch_report report;
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        int status = resume(bytes, size, &w, &report);
        CU_ASSERT(status == YOKE_OK || status == YOKE_EDATA || status == YOKE_EINVAL);
        refused += status != YOKE_OK;
        if (status == YOKE_OK) CU_ASSERT(report.before == 5 && report.torn > 0);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    CU_ASSERT(refused > size * 2 / 3);
    free(bytes);
}
