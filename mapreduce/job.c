/* SPDX-License-Identifier: Apache-2.0
 *
 * A job: every member of a team maps blocks into a table of its own until there are none; then the
 * tables are merged and the entries put in order.
 *
 * Failures: the one that stands first in the dataset counts. Blocks are handed out in the order of
 * the dataset, so when one fails those before it are already with some member, who finishes them;
 * those behind it are not handed out any more. All failures are noted with their ordinal, the least
 * wins.
 */
#include "mapreduce/job.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapreduce/records.h"
#include "runtime/clock.h"
#include "runtime/region.h"
#include "runtime/shuffle.h"
#include "runtime/verify.h"
#include "yoke/machine.h"
#include "yoke/team.h"

/* A block should stay in the second-level cache with all that is made of it. */
enum { SMALLEST_BLOCK = 64 << 10, BLOCKS_PER_THREAD = 8 };

struct yoke_result {
    yoke_entry **entries;
    size_t count;
    yoke_arena *arenas; /* one a thread: all keys and values */
    yoke_job_stats stats;
    yoke_worker_stats *workers;
};

/* A member's own, in a padded slot. */
typedef struct yoke_worker {
    yoke_emitter emitter;
    yoke_arena arena; /* the result's, while the job runs */
    yoke_reader reader;
    yoke_splitter splitter;
    yoke_worker_stats stats;
    const yoke_job *job;
    bool began;
} yoke_worker;

typedef struct yoke_run {
    const yoke_job *job;
    int threads;
    uint64_t seed[2];
    yoke_slots *workers;
    pthread_mutex_t lock; /* guards the failure */
    uint64_t failed_at;   /* ordinal; YOKE_NO_FAILURE */
    int failure;
    char detail[1024];
} yoke_run;

/* ---- failures ---- */

static void note_failure(yoke_run *run, int status, uint64_t ordinal) {
    yoke__dataset_note_failure(run->job->dataset, ordinal);
    pthread_mutex_lock(&run->lock);
    if (!run->failure || ordinal < run->failed_at) {
        run->failure = status;
        run->failed_at = ordinal;
        snprintf(run->detail, sizeof run->detail, "%s", yoke_error_detail());
    }
    pthread_mutex_unlock(&run->lock);
}

/* ---- mapping ---- */

static int map_batch(const yoke_records *records, void *ctx) {
    yoke_worker *worker = ctx;
    worker->emitter.ordinal = records->ordinal + records->begin;
    worker->emitter.sequence = 0;
    return worker->job->map(records, &worker->emitter, worker->job->ctx);
}

static int map_block(yoke_worker *worker, const yoke_block *block, uint64_t *at) {
    const yoke_job *job = worker->job;
    if (yoke_progress_cancelled(job->progress)) return yoke_fail(YOKE_ECANCELED, NULL);
    YOKE__REGION("aggregate", YOKE_ACTIVITY_WORK);
    yoke__region_note(YOKE__EVENT_BLOCKS, 1);
    YOKE_TRY(yoke__records_split(&worker->splitter, block, map_batch, worker, at));
    worker->stats.blocks++;
    worker->stats.bytes += block->bytes;
    yoke_progress_add(job->progress, block->bytes);
    return 0;
}

static int read_block(yoke_run *run, yoke_worker *worker, yoke_block *block) {
    YOKE__REGION("read", YOKE_ACTIVITY_WORK);
    return yoke__source_next(run->job->dataset, &worker->reader, block);
}

static void map_blocks(yoke_run *run, yoke_worker *worker) {
    for (;;) {
        yoke_block block;
        int status = read_block(run, worker, &block);
        if (status == 0) return;
        uint64_t at = yoke__source_ordinal(block.source, block.offset);
        if (status > 0) status = map_block(worker, &block, &at);
        if (status < 0) note_failure(run, status, at);
    }
}

static int begin_worker(yoke_run *run, yoke_worker *worker) {
    worker->job = run->job;
    worker->began = true;
    yoke_arena_init(&worker->arena);
    YOKE_TRY(yoke__emitter_init(&worker->emitter, run->job, run->seed, &worker->arena));
    if (!run->job->state_size) return 0;
    worker->emitter.state = calloc(1, run->job->state_size);
    return worker->emitter.state ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

static int map_member(yoke_team *team, int member, void *ctx) {
    (void)team;
    yoke_run *run = ctx;
    yoke_worker *worker = yoke_slots_get(run->workers, member);
    double wall = yoke__seconds(CLOCK_MONOTONIC), busy = yoke__seconds(CLOCK_THREAD_CPUTIME_ID);
    int status = begin_worker(run, worker);
    if (status < 0)
        note_failure(run, status, 0);
    else
        map_blocks(run, worker);
    yoke_worker_stats *stats = &worker->stats;
    stats->cpu = sched_getcpu();
    stats->records = worker->splitter.records;
    stats->skipped = worker->splitter.ragged;
    stats->keys = worker->emitter.count;
    stats->wait = worker->reader.wait;
    yoke__reader_fini(&worker->reader);
    yoke__splitter_fini(&worker->splitter);
    stats->busy = yoke__seconds(CLOCK_THREAD_CPUTIME_ID) - busy;
    stats->wall = yoke__seconds(CLOCK_MONOTONIC) - wall;
    return 0;
}

/* Tells the job about each worker's state, one after the other, and releases it. */
static void end_states(yoke_run *run) {
    for (int i = 0; i < run->threads; i++) {
        yoke_worker *worker = yoke_slots_get(run->workers, i);
        void *state = worker->emitter.state;
        if (!state) continue;
        if (run->job->state_end) {
            int status = run->job->state_end(state, run->job->ctx);
            if (status < 0) note_failure(run, status, YOKE_NO_FAILURE - 1);
        }
        free(state);
        worker->emitter.state = NULL;
    }
}

static int map_all(yoke_run *run) {
    YOKE_TRY(yoke_team_run(run->threads, map_member, run));
    end_states(run);
    return run->failure ? yoke_fail(run->failure, "%s", run->detail) : 0;
}

/* ---- the result ---- */

static void sum_stats(yoke_run *run, yoke_result *result) {
    uint64_t ragged_at = 0;
    for (int i = 0; i < run->threads; i++) {
        const yoke_worker *worker = yoke_slots_get(run->workers, i);
        yoke_worker_stats *stats = &result->workers[i];
        *stats = worker->stats;
        result->stats.bytes += stats->bytes;
        result->stats.records += stats->records;
        const yoke_splitter *splitter = &worker->splitter;
        if (stats->skipped && (!result->stats.skipped || splitter->ragged_at < ragged_at)) {
            ragged_at = splitter->ragged_at;
            result->stats.first_skipped = splitter->first_ragged;
        }
        result->stats.skipped += stats->skipped;
        result->stats.table_bytes +=
            worker->arena.total + (worker->emitter.mask + 1) * sizeof(uint64_t);
    }
}

static int reduce_all(yoke_run *run, yoke_result *result) {
    const yoke_job *job = run->job;
    size_t n = (size_t)run->threads;
    yoke_emitter **tables = calloc(n, sizeof *tables);
    yoke_arena **arenas = calloc(n, sizeof *arenas);
    int status = tables && arenas ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < n && status >= 0; i++) {
        yoke_worker *worker = yoke_slots_get(run->workers, (int)i);
        tables[i] = &worker->emitter;
        arenas[i] = &worker->arena;
    }
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    if (status >= 0) {
        status = yoke__merge(job, tables, run->threads, arenas, run->threads, &result->entries,
                             &result->count);
    }
    double merged = yoke__seconds(CLOCK_MONOTONIC);
    result->stats.merge_seconds = merged - begin;
    if (status >= 0)
        status = yoke__order(job, result->entries, result->count, tables, run->threads);
    result->stats.order_seconds = yoke__seconds(CLOCK_MONOTONIC) - merged;
    free(tables);
    free(arenas);
    return status;
}

/* Moves what the entries live in to the result, and releases the rest. */
static void end_workers(yoke_run *run, yoke_result *result) {
    for (int i = 0; i < run->threads; i++) {
        yoke_worker *worker = yoke_slots_get(run->workers, i);
        if (!worker->began) continue;
        yoke__emitter_fini(&worker->emitter);
        result->arenas[i] = worker->arena;
    }
    yoke_slots_destroy(run->workers);
}

static int make_result(int threads, yoke_result **result) {
    yoke_result *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    made->stats.threads = threads;
    made->arenas = calloc((size_t)threads, sizeof *made->arenas);
    made->workers = calloc((size_t)threads, sizeof *made->workers);
    made->stats.workers = made->workers;
    *result = made;
    return made->arenas && made->workers ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

void yoke_result_destroy(yoke_result *result) {
    if (!result) return;
    for (int i = 0; result->arenas && i < result->stats.threads; i++) {
        yoke_arena_fini(&result->arenas[i]);
    }
    free(result->arenas);
    free(result->workers);
    yoke_aligned_free(result->entries);
    free(result);
}

static int run_job(yoke_run *run, yoke_result *result) {
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(yoke_slots_create(run->threads, sizeof(yoke_worker), &run->workers));
    int status = map_all(run);
    result->stats.map_seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    sum_stats(run, result);
    if (status >= 0) status = reduce_all(run, result);
    end_workers(run, result);
    return status;
}

/* ---- the call ---- */

static int check_job(const yoke_job *job) {
    if (!job->dataset || !job->map || !job->combine || job->threads < 0) {
        return yoke_fail(YOKE_EINVAL,
                         "a job needs a dataset, map, combine, and no negative threads");
    }
    if (job->block_size >> 30) return yoke_fail(YOKE_ERANGE, "blocks are limited to 1 GiB");
    if (job->value_size >> 32) return yoke_fail(YOKE_ERANGE, "values are limited to 4 GiB");
    return 0;
}

static size_t choose_block_size(const yoke_job *job, int threads) {
    if (job->block_size) return job->block_size < 64 ? 64 : job->block_size;
    size_t most = yoke_cache_block() / 4;
    uint64_t share = yoke_dataset_bytes(job->dataset) / ((uint64_t)threads * BLOCKS_PER_THREAD);
    if (!share || share > most) return most > SMALLEST_BLOCK ? most : SMALLEST_BLOCK;
    return share > SMALLEST_BLOCK ? (size_t)share : SMALLEST_BLOCK;
}

/* Tells a verification of the keys; values may hold pointers. Without an order only their set
 * counts. */
static void tell_keys(const yoke_job *job, const yoke_result *result) {
    uint64_t digest = 0;
    for (size_t i = 0; i < result->count; i++) {
        const yoke_entry *entry = result->entries[i];
        bool ordered = job->order != YOKE_ORDER_NONE;
        uint64_t key = yoke__verify_digest(ordered ? digest : 0, entry->key, entry->key_size);
        digest = ordered ? key : digest + key;
    }
    yoke__verify_tell('R', "yoke_mapreduce", "", &digest, sizeof digest);
}

int yoke_mapreduce(const yoke_job *job, yoke_result **result) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    YOKE_TRY(check_job(job));
    yoke_run run = {.job = job, .failed_at = YOKE_NO_FAILURE};
    run.threads = job->threads ? job->threads : yoke_team_default_size();
    YOKE_TRY(yoke_hash_seed(job->seed, run.seed));
    size_t block_size = yoke__shuffle_size(choose_block_size(job, run.threads));
    /* A key's first appearance is right only where a thread never sees an earlier record after a
     * later one. */
    bool forward = job->order == YOKE_ORDER_FIRST;
    YOKE_TRY(yoke__dataset_begin(job->dataset, block_size, run.threads, forward));
    yoke_result *made = NULL;
    pthread_mutex_init(&run.lock, NULL);
    int status = make_result(run.threads, &made);
    if (status >= 0) status = run_job(&run, made);
    pthread_mutex_destroy(&run.lock);
    if (status < 0) {
        yoke_result_destroy(made);
        return status;
    }
    if (yoke__verify_on()) tell_keys(job, made);
    *result = made;
    return 0;
}

size_t yoke_result_count(const yoke_result *result) { return result->count; }

yoke_entry *yoke_result_entry(const yoke_result *result, size_t index) {
    return result->entries[index];
}

const yoke_job_stats *yoke_result_stats(const yoke_result *result) { return &result->stats; }
