/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs that fail, are cancelled, or are asked for nonsense; the states of threads; what the
 * statistics say; the places of fields.
 */
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/csv_oracle.h"

static const int thread_counts[] = {1, 2, 3, 7};
static const size_t block_sizes[] = {64, 1000, 0};

/* Lines 0 to count - 1, their number in each. */
static bytes number_lines(size_t count) {
    bytes text = {0};
    for (size_t i = 0; i < count; i++) {
        char line[32];
        int size = snprintf(line, sizeof line, "%zu\n", i);
        bytes_add(&text, line, (size_t)size);
    }
    return text;
}

static yoke_dataset *open_text(const bytes *text) {
    yoke_input input = {YOKE_INPUT_MEMORY, "t", 0, text->data, text->size};
    yoke_dataset *dataset = NULL;
    REQUIRE(yoke_dataset_open(&input, 1, &(yoke_format){0}, &dataset) == YOKE_OK);
    return dataset;
}

static long line_number(const yoke_records *records, size_t r) {
    return strtol(yoke_records_raw(records, r, 0).data, NULL, 10);
}

/* What a map function does, and what was seen of it. */
typedef struct events {
    long fail_every;    /* lines with a multiple of it fail, but the first; 0: none */
    long fail_from;     /* first line that may fail */
    bool combine_fails; /* always */
    long cancel_at;     /* line at which the run is cancelled; 0: never */
    int state_end_fails;
    yoke_progress *progress;
    atomic_int maps, states, ended;
    atomic_long lines;
    atomic_int mapper; /* the thread that mapped first, where a second one is awaited */
    atomic_bool joined;
} events;

typedef struct thread_state {
    uint64_t zeros; /* must be zero at the start */
    long lines;
    bool known;
} thread_state;

static int look_at_line(events *seen, long line) {
    if (seen->cancel_at && line == seen->cancel_at) yoke_progress_cancel(seen->progress);
    if (!seen->fail_every || !line || line < seen->fail_from || line % seen->fail_every) return 0;
    return yoke_fail(YOKE_EDATA, "line %ld is refused", line);
}

static int map_lines(const yoke_records *records, yoke_emitter *out, void *ctx) {
    events *seen = ctx;
    thread_state *state = out->state;
    atomic_fetch_add(&seen->maps, 1);
    if (!state->known) {
        if (state->zeros || state->lines) return yoke_fail(YOKE_EINVAL, "the state is not zero");
        atomic_fetch_add(&seen->states, 1);
        state->known = true;
    }
    for (size_t r = 0; r < records->count; r++) {
        long line = line_number(records, r), key = line % 100;
        state->lines++;
        YOKE_TRY(look_at_line(seen, line));
        YOKE_TRY(yoke_emit(out, &key, sizeof key, &(uint64_t){1}));
    }
    return 0;
}

static int combine_lines(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena;
    if (((events *)ctx)->combine_fails) return yoke_fail(YOKE_ERANGE, "no more sums");
    *(uint64_t *)into += *(const uint64_t *)from;
    return 0;
}

static int end_state(void *state, void *ctx) {
    events *seen = ctx;
    thread_state *own = state;
    atomic_fetch_add(&seen->ended, 1);
    atomic_fetch_add(&seen->lines, own->lines);
    return seen->state_end_fails ? yoke_fail(seen->state_end_fails, "the state does not end") : 0;
}

static yoke_job make_job(events *seen, yoke_dataset *dataset, int threads, size_t block_size) {
    return (yoke_job){.dataset = dataset,
                      .map = map_lines,
                      .combine = combine_lines,
                      .ctx = seen,
                      .value_size = 8,
                      .state_size = sizeof(thread_state),
                      .state_end = end_state,
                      .threads = threads,
                      .block_size = block_size,
                      .progress = seen->progress};
}

static int run_lines(events *seen, const bytes *text, int threads, size_t block_size) {
    yoke_dataset *dataset = open_text(text);
    yoke_job job = make_job(seen, dataset, threads, block_size);
    yoke_result *result = NULL;
    int status = yoke_mapreduce(&job, &result);
    CU_ASSERT_EQUAL(status < 0, result == NULL);
    CU_ASSERT_EQUAL(atomic_load(&seen->ended), threads); /* also those that never mapped */
    CU_ASSERT(atomic_load(&seen->states) <= threads);
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    return status;
}

/* ---- failures ---- */

TEST(the_first_failure_in_the_dataset_is_returned) {
    bytes text = number_lines(20000);
    for (int round = 0; round < 60; round++) {
        long every = 1 + (long)test_random_below(6000), from = (long)test_random_below(20000);
        long first = (from + every - 1) / every * every;
        events seen = {.fail_every = every, .fail_from = from};
        if (!first) first = every;
        int status = run_lines(&seen, &text, thread_counts[round % 4], block_sizes[round % 3]);
        char detail[64];
        snprintf(detail, sizeof detail, "line %ld is refused", first);
        CU_ASSERT_EQUAL(status, first < 20000 ? YOKE_EDATA : YOKE_OK);
        if (first < 20000) CU_ASSERT_STRING_EQUAL(yoke_error_detail(), detail);
    }
    bytes_free(&text);
}

/* A record that breaks the format, and a map that fails: whichever stands first. */
TEST(failures_of_map_and_of_the_format) {
    for (int round = 0; round < 60; round++) {
        size_t good = 1 + test_random_below(3000);
        long every = 1 + (long)test_random_below(5000);
        bytes text = number_lines(good);
        bytes_add_text(&text, "\"broken\" quote\n");
        for (int i = 0; i < 3000; i++) bytes_add_text(&text, "0\n");
        yoke_input input = {YOKE_INPUT_MEMORY, "t", 0, text.data, text.size};
        yoke_dataset *dataset = NULL;
        yoke_format format = {.quote = '"'};
        REQUIRE(yoke_dataset_open(&input, 1, &format, &dataset) == YOKE_OK);
        events seen = {.fail_every = every};
        yoke_job job = make_job(&seen, dataset, thread_counts[round % 4], block_sizes[round % 3]);
        yoke_result *result = NULL;
        CU_ASSERT_EQUAL(yoke_mapreduce(&job, &result), YOKE_EDATA);
        char detail[128];
        if (every < (long)good)
            snprintf(detail, sizeof detail, "line %ld is refused", every);
        else
            snprintf(detail, sizeof detail,
                     "t: line %zu, column 8: a quote may stand only at the beginning or end of a "
                     "field",
                     good + 1);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), detail);
        yoke_dataset_close(dataset);
        bytes_free(&text);
    }
}

TEST(combine_that_fails) {
    bytes text = number_lines(20000);
    for (int t = 0; t < 4; t++) {
        events seen = {.combine_fails = true};
        CU_ASSERT_EQUAL(run_lines(&seen, &text, thread_counts[t], 64), YOKE_ERANGE);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "no more sums");
    }
    bytes_free(&text);
}

/* Returns when a second thread maps, so that there are tables to merge. */
static void await_second_thread(events *seen) {
    int none = 0, me = gettid();
    if (!atomic_compare_exchange_strong(&seen->mapper, &none, me) && none != me)
        atomic_store(&seen->joined, true);
    while (!atomic_load(&seen->joined)) sched_yield();
}

/* Keys by slots, so that combine is first called when tables are merged. */
static int map_slots(const yoke_records *records, yoke_emitter *out, void *ctx) {
    await_second_thread(ctx);
    for (size_t r = 0; r < records->count; r++) {
        uint64_t *slot = yoke_emit_slot_u64(out, (uint64_t)line_number(records, r) % 50);
        if (!slot) return yoke_fail(YOKE_ENOMEM, NULL);
        ++*slot;
    }
    return 0;
}

TEST(combine_that_fails_while_merging) {
    bytes text = number_lines(100000);
    for (int round = 0; round < 10; round++) {
        events seen = {.combine_fails = true};
        yoke_dataset *dataset = open_text(&text);
        yoke_job job = make_job(&seen, dataset, 4, 64);
        job.map = map_slots;
        job.state_size = 0;
        yoke_result *result = NULL;
        CU_ASSERT_EQUAL(yoke_mapreduce(&job, &result), YOKE_ERANGE);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "no more sums");
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
    }
    bytes_free(&text);
}

TEST(a_state_that_does_not_end) {
    bytes text = number_lines(1000);
    events seen = {.state_end_fails = YOKE_EIO};
    CU_ASSERT_EQUAL(run_lines(&seen, &text, 3, 64), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "the state does not end");
    events both = {.state_end_fails = YOKE_EIO, .fail_every = 500};
    CU_ASSERT_EQUAL(run_lines(&both, &text, 3, 64), YOKE_EDATA); /* came first */
    bytes_free(&text);
}

/* ---- cancelling ---- */

TEST(a_cancelled_run_stops) {
    bytes text = number_lines(200000);
    for (int t = 0; t < 4; t++) {
        events seen = {.cancel_at = 5000};
        REQUIRE(yoke_progress_create(NULL, &seen.progress) == YOKE_OK);
        CU_ASSERT_EQUAL(run_lines(&seen, &text, thread_counts[t], 64), YOKE_ECANCELED);
        CU_ASSERT(atomic_load(&seen.lines) < 200000);
        yoke_progress_destroy(seen.progress);
    }
    events before = {.cancel_at = 0};
    REQUIRE(yoke_progress_create(NULL, &before.progress) == YOKE_OK);
    yoke_progress_cancel(before.progress);
    CU_ASSERT_EQUAL(run_lines(&before, &text, 3, 0), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(atomic_load(&before.maps), 0);
    yoke_progress_destroy(before.progress);
    bytes_free(&text);
}

/* ---- jobs that make no sense ---- */

TEST(jobs_that_make_no_sense_are_refused) {
    bytes text = number_lines(10);
    yoke_dataset *dataset = open_text(&text);
    events seen = {0};
    yoke_job good = make_job(&seen, dataset, 2, 64), bad[6] = {good, good, good, good, good, good};
    bad[0].dataset = NULL;
    bad[1].map = NULL;
    bad[2].combine = NULL;
    bad[3].threads = -1;
    bad[4].block_size = (size_t)1 << 30;
    bad[5].value_size = (size_t)1 << 32;
    yoke_result *result = NULL;
    for (int i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(yoke_mapreduce(&bad[i], &result), i < 4 ? YOKE_EINVAL : YOKE_ERANGE);
        CU_ASSERT_PTR_NULL(result);
    }
    CU_ASSERT_EQUAL(yoke_mapreduce(&good, &result), YOKE_OK); /* nothing was consumed by those */
    yoke_result *again = NULL;
    CU_ASSERT_EQUAL(yoke_mapreduce(&good, &again), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "the dataset was read before: open it again");
    CU_ASSERT_PTR_NULL(again);
    yoke_result_destroy(result);
    yoke_result_destroy(NULL);
    yoke_dataset_close(dataset);
    bytes_free(&text);
}

/* ---- values ---- */

static int map_values(const yoke_records *records, yoke_emitter *out, void *ctx) {
    const size_t *size = ctx;
    for (size_t r = 0; r < records->count; r++) {
        unsigned char *slot = yoke_emit_slot_u64(out, (uint64_t)line_number(records, r) % 7);
        if (!slot || (uintptr_t)slot % 8) return yoke_fail(YOKE_ENOMEM, NULL);
        for (size_t i = 0; i < *size; i++) slot[i]++;
    }
    return 0;
}

static int combine_bytes(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena;
    const size_t *size = ctx;
    for (size_t i = 0; i < *size; i++)
        ((unsigned char *)into)[i] += ((const unsigned char *)from)[i];
    return 0;
}

TEST(values_of_any_size) {
    static const size_t sizes[] = {0, 1, 7, 8, 9, 100, 5000, 200000};
    bytes text = number_lines(700);
    for (size_t s = 0; s < 8; s++) {
        size_t size = sizes[s];
        yoke_dataset *dataset = open_text(&text);
        yoke_job job = {.dataset = dataset,
                        .map = map_values,
                        .combine = combine_bytes,
                        .ctx = &size,
                        .value_size = size,
                        .threads = 3,
                        .block_size = 64};
        yoke_result *result = NULL;
        REQUIRE(yoke_mapreduce(&job, &result) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_result_count(result), 7);
        size_t wrong = 0;
        for (size_t i = 0; i < yoke_result_count(result); i++) {
            yoke_entry *entry = yoke_result_entry(result, i);
            const unsigned char *value = yoke_entry_value(entry);
            wrong += yoke_entry_u64(entry) != i;
            for (size_t b = 0; b < size; b++) wrong += value[b] != 100;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
    }
    bytes_free(&text);
}

/* ---- statistics ---- */

TEST(statistics_add_up) {
    bytes text = number_lines(30000);
    for (int t = 0; t < 4; t++) {
        events seen = {0};
        REQUIRE(yoke_progress_create(NULL, &seen.progress) == YOKE_OK);
        yoke_dataset *dataset = open_text(&text);
        yoke_job job = make_job(&seen, dataset, thread_counts[t], block_sizes[t % 3]);
        yoke_result *result = NULL;
        REQUIRE(yoke_mapreduce(&job, &result) == YOKE_OK);
        const yoke_job_stats *stats = yoke_result_stats(result);
        uint64_t size = 0, records = 0, blocks = 0, keys = 0;
        CU_ASSERT_EQUAL(stats->threads, thread_counts[t]);
        for (int i = 0; i < stats->threads; i++) {
            const yoke_worker_stats *worker = &stats->workers[i];
            size += worker->bytes;
            records += worker->records;
            blocks += worker->blocks;
            keys += worker->keys;
            CU_ASSERT(worker->wall >= 0 && worker->busy >= 0 && worker->wait >= 0);
            CU_ASSERT(worker->wait <= worker->wall + 0.01);
        }
        CU_ASSERT_EQUAL(stats->records, 30000);
        CU_ASSERT_EQUAL(records, 30000);
        CU_ASSERT_EQUAL(stats->bytes, text.size);
        CU_ASSERT_EQUAL(size, text.size);
        CU_ASSERT_EQUAL(stats->skipped, 0);
        CU_ASSERT_EQUAL(yoke_progress_done(seen.progress), text.size);
        CU_ASSERT_EQUAL(yoke_result_count(result), 100);
        CU_ASSERT(keys >= 100 && keys <= 100 * (uint64_t)stats->threads);
        CU_ASSERT(blocks >= 1 && stats->table_bytes > 0 && stats->map_seconds > 0);
        CU_ASSERT_EQUAL(atomic_load(&seen.lines), 30000);
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
        yoke_progress_destroy(seen.progress);
    }
    bytes_free(&text);
}

/* ---- places ---- */

/* Each field says where it stands: "LINE:COLUMN", the column of its first byte. */
static int map_places(const yoke_records *records, yoke_emitter *out, void *ctx) {
    (void)out, (void)ctx;
    for (size_t r = 0; r < records->count; r++) {
        for (size_t c = 0; c < records->columns; c++) {
            if (test_size(0, 1) && (r + c) % 16) continue; /* reading up to each place is slow */
            yoke_text raw = yoke_records_raw(records, r, c);
            size_t quoted = *raw.data == '"';
            unsigned long long line, column;
            yoke_location place;
            YOKE_TRY(yoke_records_locate(records, raw.data + quoted, &place));
            if (sscanf(raw.data + quoted, "%llu:%llu", &line, &column) != 2) {
                return yoke_fail(YOKE_EINVAL, "not a place");
            }
            if (place.line != line || place.column != column) {
                return yoke_fail(YOKE_EINVAL, "%s: %llu:%llu instead of %llu:%llu", place.name,
                                 (unsigned long long)place.line, (unsigned long long)place.column,
                                 line, column);
            }
        }
    }
    return 0;
}

static bytes write_places(size_t records, bool header) {
    bytes text = {0};
    bytes_add_text(&text, "\xEF\xBB\xBF"); /* not part of the line */
    if (header) bytes_add_text(&text, "\"a\nheader\",b\n");
    size_t line = header ? 3 : 1, begin = text.size;
    for (size_t r = 0; r < records; r++) {
        for (int c = 0; c < 2; c++) {
            char field[64];
            bool quoted = !test_random_below(4), lines = quoted && !test_random_below(2);
            int size = snprintf(field, sizeof field, quoted ? "\"%zu:%zu%s\"" : "%zu:%zu%s", line,
                                text.size - begin + 1 + quoted, lines ? "\nx\n" : "");
            bytes_add(&text, field, (size_t)size);
            line += lines ? 2 : 0;
            if (lines) begin = text.size - 1; /* behind the last line end, before the quote */
            bytes_add_byte(&text, c ? '\n' : ',');
        }
        line++;
        begin = text.size;
    }
    return text;
}

TEST(fields_know_their_place) {
    int ends[2];
    for (int t = 0; t < 8; t++) {
        bytes text = write_places(300, t >= 4);
        REQUIRE(pipe(ends) == 0 && write(ends[1], text.data, text.size) == (ssize_t)text.size);
        close(ends[1]);
        yoke_input inputs[] = {{YOKE_INPUT_MEMORY, "m", 0, text.data, text.size},
                               {YOKE_INPUT_DESCRIPTOR, "p", ends[0], NULL, 0}};
        yoke_format format = {.delimiter = ',', .quote = '"', .header = t >= 4};
        yoke_dataset *dataset = NULL;
        REQUIRE(yoke_dataset_open(inputs, 2, &format, &dataset) == YOKE_OK);
        yoke_job job = {.dataset = dataset,
                        .map = map_places,
                        .combine = csv_combine,
                        .threads = thread_counts[t % 4],
                        .block_size = block_sizes[t % 3]};
        yoke_result *result = NULL;
        int status = yoke_mapreduce(&job, &result);
        CU_ASSERT_EQUAL(status, YOKE_OK);
        if (status < 0) CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "");
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
        close(ends[0]);
        bytes_free(&text);
    }
}
