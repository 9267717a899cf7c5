/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs and threads: several streams at a time, jobs inside the user's own team, more threads than
 * cores.
 */
#include <zlib.h>

#include "tests/counting.h"

/* ---- several streams: a thread may come to a later one before an earlier one ---- */

static bytes gzip_copy(const char *data, size_t size) {
    uLong most = compressBound(size) + 64;
    bytes packed = {malloc(most), 0, most};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)size,
                  .next_out = (Bytef *)packed.data,
                  .avail_out = (uInt)most};
    REQUIRE(packed.data && deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    packed.size = most - z.avail_out;
    deflateEnd(&z);
    return packed;
}

TEST(first_appearance_over_several_streams) {
    enum { STREAMS = 5, KEYS = 5000 };
    size_t per_stream = test_size(60000, 30000), total = per_stream * STREAMS, count;
    key_list keys = {0};
    for (uint32_t i = 0; i < KEYS; i++) add_key(&keys, &i, sizeof i);
    uint32_t *uses = malloc(total * sizeof *uses);
    REQUIRE(uses != NULL);
    for (size_t i = 0; i < total; i++) { /* keys come later and later, also in earlier streams */
        uses[i] = (uint32_t)test_random_below(1 + (i % per_stream) * KEYS / per_stream);
    }
    group *groups = count_serially(&keys, uses, total, &count);
    qsort(groups, count, sizeof *groups, compare_firsts);
    bytes packed[STREAMS];
    yoke_input inputs[STREAMS];
    for (size_t s = 0; s < STREAMS; s++) {
        bytes text = write_uses(uses + s * per_stream, per_stream);
        packed[s] = gzip_copy(text.data, text.size);
        inputs[s] = (yoke_input){YOKE_INPUT_MEMORY, NULL, 0, packed[s].data, packed[s].size};
        bytes_free(&text);
    }
    for (int threads = 1; threads <= 5; threads++) {
        yoke_dataset *dataset = NULL;
        REQUIRE(yoke_dataset_open(inputs, STREAMS, &(yoke_format){0}, &dataset) == YOKE_OK);
        counting ctx = {.keys = &keys};
        yoke_result *result = run(&ctx, dataset, YOKE_ORDER_FIRST, threads, 4096);
        CU_ASSERT(same_groups(result, groups, count, YOKE_ORDER_FIRST));
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
    }
    for (size_t s = 0; s < STREAMS; s++) bytes_free(&packed[s]);
    free(groups);
    free(uses);
    free_keys(&keys);
}

/* A thread that comes back to an earlier stream may find the first ragged record there. */
TEST(first_ragged_record_over_several_streams) {
    enum { STREAMS = 3 };
    static const char *const names[STREAMS] = {"s1", "s2", "s3"};
    yoke_format format = {.delimiter = ',', .on_ragged = YOKE_RAGGED_SKIP};
    for (int round = 0; round < (int)test_size(8, 2); round++) {
        bytes texts[STREAMS] = {{0}}, packed[STREAMS];
        yoke_input inputs[STREAMS];
        for (size_t s = 0; s < STREAMS; s++) {
            size_t ragged = 90000 + test_random_below(30000);
            for (size_t r = 0; r < 130000; r++) {
                bytes_add_text(&texts[s],
                               r == ragged || (s && r > 5 && r % 50 == 0) ? "a\n" : "a,b\n");
            }
            packed[s] = gzip_copy(texts[s].data, texts[s].size);
            inputs[s] =
                (yoke_input){YOKE_INPUT_MEMORY, names[s], 0, packed[s].data, packed[s].size};
        }
        csv_reading expected = csv_expect(texts, names, STREAMS, &format);
        csv_reading reading = csv_read(inputs, STREAMS, &format, 1 + round % 4, 4096);
        CU_ASSERT(csv_check(&reading, &expected));
        csv_reading_free(&reading);
        csv_reading_free(&expected);
        for (size_t s = 0; s < STREAMS; s++) bytes_free(&texts[s]), bytes_free(&packed[s]);
    }
}

/* ---- inside the user's own team ---- */

typedef struct own_team {
    key_list keys;
    bytes text;
    group *groups;
    size_t count;
} own_team;

static own_team make_team_work(void) {
    own_team work = {0};
    for (uint32_t i = 0; i < 500; i++) add_key(&work.keys, &i, sizeof i);
    uint32_t uses[5000];
    for (size_t i = 0; i < 5000; i++) uses[i] = (uint32_t)test_random_below(500);
    work.text = write_uses(uses, 5000);
    work.groups = count_serially(&work.keys, uses, 5000, &work.count);
    return work;
}

static void free_team_work(own_team *work) {
    free_keys(&work->keys);
    bytes_free(&work->text);
    free(work->groups);
}

/* Asserts nothing, since tasks call it. */
static int count_in_team(const own_team *work, int level, int threads) {
    counting ctx = {.keys = &work->keys, .level = level, .threads = threads};
    yoke_dataset *dataset = open_text(&work->text);
    yoke_result *result = run(&ctx, dataset, YOKE_ORDER_KEY, 0, 64);
    bool same = same_groups(result, work->groups, work->count, YOKE_ORDER_KEY);
    same = same && yoke_result_stats(result)->threads == threads;
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    return same && !atomic_load(&ctx.strangers);
}

TEST(a_job_in_a_single_uses_the_team) {
    own_team work = make_team_work();
    omp_set_max_active_levels(4); /* a nested region would have threads */
    for (int threads = 1; threads <= 5; threads += 2) {
        int ok = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
        ok = count_in_team(&work, 1, threads);
        CU_ASSERT(ok);
    }
    free_team_work(&work);
}

TEST(jobs_in_tasks_share_the_team) {
    own_team work = make_team_work();
    int ok[4] = {0};
#pragma omp parallel num_threads(3)
#pragma omp single
    for (int i = 0; i < 4; i++) {
#pragma omp task firstprivate(i)
        ok[i] = count_in_team(&work, 1, 3);
    }
    for (int i = 0; i < 4; i++) CU_ASSERT(ok[i]);
    free_team_work(&work);
}

TEST(far_more_threads_than_cores) {
    own_team work = make_team_work();
    counting ctx = {.keys = &work.keys};
    yoke_dataset *dataset = open_text(&work.text);
    yoke_result *result = run(&ctx, dataset, YOKE_ORDER_KEY, 50, 64);
    CU_ASSERT(same_groups(result, work.groups, work.count, YOKE_ORDER_KEY));
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    free_team_work(&work);
}
