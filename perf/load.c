/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of all loads, and what they share.
 */
#include "perf/load.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/memory.h"
#include "yoke/team.h"

/* ---- the list ---- */

enum { MOST = 200 };

static const yoke_load *all[MOST];
static size_t all_count;

static int compare(const void *a, const void *b) {
    const yoke_load *x = *(const yoke_load *const *)a, *y = *(const yoke_load *const *)b;
    int order = strcmp(x->group, y->group);
    return order ? order : strcmp(x->name, y->name);
}

static void list(void) {
    static const yoke_load *const files[] = {
        yoke__loads_stream,       yoke__loads_reduce,   yoke__loads_scan, yoke__loads_bins,
        yoke__loads_sort,         yoke__loads_select,   yoke__loads_move, yoke__loads_summary,
        yoke__loads_numeric,      yoke__loads_access,   yoke__loads_pool, yoke__loads_task,
        yoke__loads_actor,        yoke__loads_pipeline, yoke__loads_rows, yoke__loads_overhead_omp,
        yoke__loads_overhead_own, yoke__loads_likwid,   yoke__loads_aio,  yoke__loads_compress};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        for (const yoke_load *load = files[i]; load->name && all_count < MOST; load++)
            all[all_count++] = load;
    qsort(all, all_count, sizeof *all, compare);
}

const yoke_load *const *yoke_loads(size_t *count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, list);
    *count = all_count;
    return all;
}

const yoke_load *yoke_load_find(const char *name) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; name && i < count; i++)
        if (!strcmp(loads[i]->name, name)) return loads[i];
    return NULL;
}

/* ---- state ---- */

int yoke__load_open(yoke_load_run *run, size_t size) {
    run->seconds = NAN;
    run->items = run->size;
    run->state = calloc(1, size);
    if (!run->state) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke__load_data *data = run->state;
    data->run = *run->run;
    if (!data->run.scratch) data->run.scratch = &data->scratch;
    return YOKE_OK;
}

void yoke__load_close(yoke_load_run *run) {
    yoke__load_data *data = run->state;
    if (!data) return;
    for (int i = 0; i < YOKE__LOAD_ARRAYS; i++) yoke_aligned_free(data->array[i]);
    yoke_scratch_fini(&data->scratch);
    free(data);
    run->state = NULL;
}

int yoke__load_threads(const yoke_load_run *run) {
    return run->run->threads > 0 ? run->run->threads : yoke_team_default_size();
}

/* ---- arrays ---- */

typedef struct shares {
    size_t n;
    yoke__load_part_fn *fn;
    void *ctx;
} shares;

static int run_share(yoke_team *team, int member, void *ctx) {
    const shares *s = ctx;
    size_t each = s->n / (size_t)yoke_team_size(team) + 1, begin = each * (size_t)member;
    if (begin < s->n) s->fn(s->ctx, begin, s->n - begin < each ? s->n : begin + each);
    return YOKE_OK;
}

int yoke__load_share(const yoke_load_run *run, size_t n, yoke__load_part_fn *fn, void *ctx) {
    return yoke_team_run(run->run->threads, run_share, &(shares){n, fn, ctx});
}

static void touch(void *ctx, size_t begin, size_t end) {
    memset((char *)ctx + begin, 0xA5, end - begin);
}

int yoke__load_array(yoke_load_run *run, int index, size_t count, size_t size) {
    if (count > (size_t)PTRDIFF_MAX / size) return yoke_fail(YOKE_ERANGE, "%zu items", count);
    size_t bytes = count * size;
    void *memory = yoke_aligned_alloc(bytes ? bytes : 1);
    if (!memory) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of data", bytes);
    yoke__load_of(run)->array[index] = memory;
    return yoke__load_share(run, bytes, touch, memory);
}

static yoke_random numbers_of(const yoke_load_run *run, int index) {
    return (yoke_random){.seed = run->seed, .stream = (uint64_t)index};
}

int yoke__load_f64(yoke_load_run *run, int index, size_t count) {
    YOKE_TRY(yoke__load_array(run, index, count, sizeof(double)));
    return yoke_random_fill_f64(numbers_of(run, index), 0, yoke__load_reals(run, index), count,
                                run->run);
}

typedef struct numbers {
    uint64_t *to;
    const uint64_t *from;
    uint64_t limit;
} numbers;

static void reduce(void *ctx, size_t begin, size_t end) {
    const numbers *w = ctx;
    for (size_t i = begin; i < end; i++) w->to[i] %= w->limit;
}

int yoke__load_u64(yoke_load_run *run, int index, size_t count, uint64_t limit) {
    YOKE_TRY(yoke__load_array(run, index, count, sizeof(uint64_t)));
    uint64_t *to = yoke__load_words(run, index);
    YOKE_TRY(yoke_random_fill_u64(numbers_of(run, index), 0, to, count, run->run));
    return limit ? yoke__load_share(run, count, reduce, &(numbers){to, NULL, limit}) : YOKE_OK;
}

static void copy(void *ctx, size_t begin, size_t end) {
    const numbers *w = ctx;
    memcpy((char *)w->to + begin, (const char *)w->from + begin, end - begin);
}

int yoke__load_copy(yoke_load_run *run, int to, int from, size_t bytes) {
    numbers w = {yoke__load_words(run, to), yoke__load_words(run, from), 0};
    return yoke__load_share(run, bytes, copy, &w);
}

static void count_up(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = i;
}

int yoke__load_recount(yoke_load_run *run, int index, size_t count) {
    return yoke__load_share(run, count, count_up, yoke__load_words(run, index));
}

int yoke__load_count_up(yoke_load_run *run, int index, size_t count) {
    YOKE_TRY(yoke__load_array(run, index, count, sizeof(uint64_t)));
    return yoke__load_recount(run, index, count);
}

/* ---- answers ---- */

int yoke__load_answer(yoke_load_run *run, void *answer, size_t bytes) {
    yoke__load_of(run)->answer = answer;
    yoke__load_of(run)->answer_bytes = bytes;
    return YOKE_OK;
}

int yoke__load_wrong(size_t item) { return yoke_fail(YOKE_EDATA, "item %zu is wrong", item); }

int yoke__load_near(double is, double should, double error) {
    if (fabs(is - should) <= error * fabs(should)) return YOKE_OK;
    return yoke_fail(YOKE_EDATA, "%.17g instead of %.17g", is, should);
}

int yoke__load_equal(uint64_t is, uint64_t should) {
    if (is == should) return YOKE_OK;
    return yoke_fail(YOKE_EDATA, "%llu instead of %llu", (unsigned long long)is,
                     (unsigned long long)should);
}

uint64_t yoke__load_print(const uint64_t *words, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t z = (words[i] ^ words[i] >> 30) * 0xBF58476D1CE4E5B9u;
        sum += (z ^ z >> 27) * 0x94D049BB133111EBu;
    }
    return sum;
}
