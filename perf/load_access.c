/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/access.h: the latency of memory, and how many accesses it has under way.
 */
#include "perf/load.h"
#include "yoke/access.h"

enum { TABLE, AT };
enum { CHAINS = 16 };

/* ---- updates of a table with as many words ---- */

static int prepare_update(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    size_t words = 1;
    while (words <= run->size / 2) words *= 2;
    run->items = words;
    YOKE_TRY(yoke__load_count_up(run, TABLE, words));
    return yoke__load_answer(run, yoke__load_words(run, TABLE), words * sizeof(uint64_t));
}

static int update(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    YOKE_TRY(yoke_access_update(d->array[TABLE], run->items, 0, run->items, &d->run));
    d->count++;
    return YOKE_OK;
}

/* The same updates twice restore the table. */
static int check_update(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    uint64_t *table = d->array[TABLE];
    if (d->count % 2) yoke_access_update_ref(table, run->items, 0, run->items);
    size_t i = 0;
    while (i < run->items && table[i] == i) i++;
    if (d->count % 2) yoke_access_update_ref(table, run->items, 0, run->items);
    return i < run->items ? yoke__load_wrong(i) : YOKE_OK;
}

/* ---- chains ---- */

static uint64_t steps(const yoke_load_run *run) { return run->size / CHAINS / 8 + 1; }

static int renew_chains(yoke_load_run *run) {
    size_t *at = yoke__load_of(run)->array[AT];
    for (size_t i = 0; i < CHAINS; i++) at[i] = run->size * i / CHAINS;
    return YOKE_OK;
}

static int prepare_chains(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    run->items = steps(run) * CHAINS;
    YOKE_TRY(yoke__load_array(run, TABLE, run->size, sizeof(size_t)));
    yoke_access_cycle(yoke__load_of(run)->array[TABLE], run->size, run->seed);
    YOKE_TRY(yoke__load_array(run, AT, CHAINS, sizeof(size_t)));
    return yoke__load_answer(run, yoke__load_words(run, AT), CHAINS * sizeof(size_t));
}

static int chase(yoke_load_run *run, size_t together) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_access_chase(d->array[TABLE], d->array[AT], CHAINS, together, steps(run), &d->run);
}

static int chase_one(yoke_load_run *run) { return chase(run, 1); }
static int chase_many(yoke_load_run *run) { return chase(run, CHAINS); }

static int check_chains(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    const size_t *next = d->array[TABLE], *at = d->array[AT];
    for (size_t i = 0; i < CHAINS; i++) {
        size_t place = run->size * i / CHAINS;
        for (uint64_t k = steps(run); k; k--) place = next[place];
        if (at[i] != place) return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

#define ACCESS .group = "access", .finish = yoke__load_close
const yoke_load yoke__loads_access[] = {
    {ACCESS, .name = "random_update", .about = "RandomAccess: table[r mod size] ^= r",
     .item = "update", .size = 1 << 24, .prepare = prepare_update, .repeat = update,
     .check = check_update},
    {ACCESS, .name = "chase", .about = "16 chains of pointers, each member one at a time",
     .item = "step", .size = 1 << 23, .least = CHAINS, .prepare = prepare_chains,
     .renew = renew_chains, .repeat = chase_one, .check = check_chains},
    {ACCESS, .name = "chase_together", .about = "16 chains of pointers, a step of each in turn",
     .item = "step", .size = 1 << 23, .least = CHAINS, .prepare = prepare_chains,
     .renew = renew_chains, .repeat = chase_many, .check = check_chains},
    {.name = NULL}};
