/* SPDX-License-Identifier: Apache-2.0
 *
 * An experiment with a load of one's own: two ways to add up numbers, in turns, until the intervals
 * of their medians are narrow, and the ratio with its interval. The answer is checked after each
 * visit.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "yoke/yoke.h"

static int prepare(yoke_load_run *run) {
    double *numbers = malloc(run->size * sizeof *numbers);
    run->state = numbers;
    run->items = run->size;
    run->seconds = NAN; /* the clock's are fine */
    if (!numbers) return yoke_fail(YOKE_ENOMEM, NULL);
    return yoke_random_fill_f64((yoke_random){.seed = run->seed}, 0, numbers, run->size, run->run);
}

static double sum;

static int add_exactly(yoke_load_run *run) {
    yoke_run exact = *run->run;
    exact.repro = YOKE_REPRO_EXACT;
    return yoke_sum_f64(run->state, run->size, &sum, &exact);
}

static int add_fast(yoke_load_run *run) {
    yoke_run fast = *run->run;
    fast.repro = YOKE_REPRO_FAST;
    return yoke_sum_f64(run->state, run->size, &sum, &fast);
}

static int check(yoke_load_run *run) {
    double expected = (double)run->size / 2; /* numbers are uniform in [0, 1) */
    if (fabs(sum / expected - 1) < 0.01) return 0;
    return yoke_fail(YOKE_EDATA, "the sum is %g", sum);
}

static void finish(yoke_load_run *run) { free(run->state); }

#define LOAD(way)                                                                                  \
    {                                                                                              \
        .name = #way, .group = "sums", .item = "number", .bytes = 8, .size = 1 << 20,              \
        .prepare = prepare, .repeat = (way), .check = check, .finish = finish                      \
    }
static const yoke_load loads[] = {LOAD(add_fast), LOAD(add_exactly)};

int main(void) {
    const yoke_subject subjects[] = {{.load = &loads[0]}, {.load = &loads[1]}};
    const int threads[] = {1};
    yoke_experiment_options options = {.subjects = subjects,
                                       .subject_count = 2,
                                       .threads = threads,
                                       .thread_count = 1,
                                       .seconds = 1};
    yoke_experiment *e;
    if (yoke_experiment_run(&options, &e) < 0) {
        fprintf(stderr, "%s\n", yoke_error_detail());
        return 1;
    }
    for (size_t i = 0; i < e->row_count; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        printf("%s: median %.3g ms, from %.3g to %.3g, %zu runs%s\n", row->load,
               1e3 * row->seconds.value, 1e3 * row->seconds.low, 1e3 * row->seconds.high, row->runs,
               row->noisy ? ", noisy" : "");
    }
    yoke_comparison c;
    if (yoke_experiment_compare(&e->rows[0], &e->rows[1], 0, 0.95, 1, &c) == 0)
        printf("%s takes %.2f times as long, with 95 %% %.2f to %.2f\n", e->rows[1].load,
               c.ratio.value, c.ratio.low, c.ratio.high);
    yoke_experiment_destroy(e);
    return 0;
}
