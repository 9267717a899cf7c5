/* SPDX-License-Identifier: Apache-2.0
 *
 * Overheads: what they share. The idea stands in load_overhead.h.
 */
#include "perf/load_overhead.h"

#include "runtime/clock.h"

enum { SLOTS };

int yoke__overhead_prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__overhead)));
    yoke__overhead *o = run->state;
    o->threads = yoke__load_threads(run);
    o->n = run->size;
    o->steps = yoke__busy_steps(run->grain > 0 ? run->grain : YOKE__OVERHEAD_DELAY);
    YOKE_TRY(yoke__load_array(run, SLOTS, (size_t)o->threads, sizeof *o->slots));
    o->slots = o->data.array[SLOTS];
    return yoke__load_answer(run, &o->done, sizeof o->done);
}

int yoke__overhead_delays(yoke__overhead *o) {
    for (uint64_t i = 0; i < o->n; i++) yoke__overhead_work(o, 0);
    return YOKE_OK;
}

int yoke__overhead_additions(yoke__overhead *o) {
    volatile uint64_t *total = &o->slots[0].delays;
    for (uint64_t i = 0; i < o->n; i++) ++*total;
    return YOKE_OK;
}

int yoke__overhead_measure(yoke_load_run *run, yoke__overhead_fn *test,
                           yoke__overhead_fn *reference, uint64_t due) {
    yoke__overhead *o = run->state;
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(reference(o));
    double middle = yoke__seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < o->threads; i++) o->slots[i].delays = 0;
    double again = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(test(o));
    run->seconds = yoke__seconds(CLOCK_MONOTONIC) - again - (middle - begin);
    o->done = 0;
    for (int i = 0; i < o->threads; i++) o->done += o->slots[i].delays;
    o->due = due;
    return YOKE_OK;
}

int yoke__overhead_check(yoke_load_run *run) {
    const yoke__overhead *o = run->state;
    return yoke__load_equal(o->done, o->due);
}
