/* SPDX-License-Identifier: Apache-2.0
 *
 * What the loads of yoke/load.h share: a state of arrays, which is made, touched by the team and
 * freed in one place, and the ways in which answers are checked.
 */
#ifndef YOKE_PERF_LOAD_H
#define YOKE_PERF_LOAD_H

#include <math.h>

#include "yoke/load.h"
#include "yoke/random.h"

enum { YOKE__LOAD_ARRAYS = 8 };

/* The state of a load, or the first member of it. */
typedef struct yoke__load_data {
    void *array[YOKE__LOAD_ARRAYS]; /* of yoke__load_array */
    yoke_run run;                   /* the caller's; with a scratch of our own if that has none */
    yoke_scratch scratch;
    double number; /* for answers */
    size_t count;
    uint64_t word;
    void *answer; /* what check looks at, for tests that spoil it */
    size_t answer_bytes;
} yoke__load_data;

/* Makes a zeroed state of `size` bytes, which begins with a yoke__load_data, and sets run->items.
 * YOKE_ENOMEM. */
int yoke__load_open(yoke_load_run *run, size_t size);
/* Frees the arrays, the scratch and the state. Legal without one. */
void yoke__load_close(yoke_load_run *run);

/* Makes array `index`: count items of `size` bytes, not initialised but touched, each page by the
 * member that a static schedule gives it to. YOKE_ENOMEM, YOKE_ERANGE. */
int yoke__load_array(yoke_load_run *run, int index, size_t count, size_t size);
/* The same with random numbers, of a stream of their own: uniform in [0, 1), or below `limit` (0:
 * all of the 64 bits). */
int yoke__load_f64(yoke_load_run *run, int index, size_t count);
int yoke__load_u64(yoke_load_run *run, int index, size_t count, uint64_t limit);

/* Calls fn(ctx, begin, end) for equal parts of 0 to n - 1, one a member. */
typedef void yoke__load_part_fn(void *ctx, size_t begin, size_t end);
int yoke__load_share(const yoke_load_run *run, size_t n, yoke__load_part_fn *fn, void *ctx);
/* Copies array `from` to array `to`. */
int yoke__load_copy(yoke_load_run *run, int to, int from, size_t bytes);
/* An array of so many numbers 0, 1, ...; and making an array such. */
int yoke__load_count_up(yoke_load_run *run, int index, size_t count);
int yoke__load_recount(yoke_load_run *run, int index, size_t count);

static inline yoke__load_data *yoke__load_of(const yoke_load_run *run) { return run->state; }
static inline double *yoke__load_reals(const yoke_load_run *run, int index) {
    return yoke__load_of(run)->array[index];
}
static inline uint64_t *yoke__load_words(const yoke_load_run *run, int index) {
    return yoke__load_of(run)->array[index];
}

/* Says where the answer lies. Returns YOKE_OK. */
int yoke__load_answer(yoke_load_run *run, void *answer, size_t bytes);
/* Members of the team. */
int yoke__load_threads(const yoke_load_run *run);

/* YOKE_EDATA, "item 7 is wrong". */
int yoke__load_wrong(size_t item);
/* YOKE_EDATA unless they are equal, up to a relative error. */
int yoke__load_near(double is, double should, double error);
int yoke__load_equal(uint64_t is, uint64_t should);

/* A number that depends on the set of n words and not on their order. */
uint64_t yoke__load_print(const uint64_t *words, size_t n);

/* The loads of a file, up to one without a name. */
extern const yoke_load yoke__loads_stream[], yoke__loads_reduce[], yoke__loads_scan[],
    yoke__loads_bins[], yoke__loads_sort[], yoke__loads_select[], yoke__loads_move[],
    yoke__loads_summary[], yoke__loads_numeric[], yoke__loads_access[], yoke__loads_pool[],
    yoke__loads_task[], yoke__loads_actor[], yoke__loads_pipeline[], yoke__loads_rows[],
    yoke__loads_overhead_omp[], yoke__loads_overhead_own[], yoke__loads_likwid[], yoke__loads_aio[],
    yoke__loads_compress[];

#endif
