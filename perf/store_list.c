/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of results: of the database, and of an experiment that is not kept yet.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "perf/store.h"

yoke__stored *yoke__stored_add(yoke__stored_list *list) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        yoke__stored *more = realloc(list->all, capacity * sizeof *more);
        if (!more) return NULL;
        list->all = more;
        list->capacity = capacity;
    }
    yoke__stored *new = &list->all[list->count++];
    memset(new, 0, sizeof *new);
    return new;
}

void yoke__stored_free(yoke__stored_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->all[i].load);
        free(list->all[i].samples);
    }
    free(list->all);
    *list = (yoke__stored_list){.count = 0};
}

/* ---- experiments ---- */

static int add_row(yoke__stored_list *list, const yoke_experiment_row *row) {
    yoke__stored *to = yoke__stored_add(list);
    if (!to) return yoke_fail(YOKE_ENOMEM, NULL);
    to->session = LLONG_MAX;
    to->measured = true;
    to->size = row->size;
    to->threads = row->threads;
    to->affinity = row->affinity;
    to->grain = row->grain;
    to->load = strdup(row->load);
    to->samples = malloc((row->runs + 1) * sizeof *to->samples);
    if (!to->load || !to->samples) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(to->samples, row->samples, row->runs * sizeof *to->samples);
    to->count = row->runs;
    return 0;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int by_place(const void *a, const void *b) {
    const yoke__stored *x = a, *y = b;
    int order = strcmp(x->load, y->load);
    if (!order) order = ORDER(x->size, y->size);
    if (!order) order = ORDER(x->grain, y->grain);
    if (!order) order = ORDER(x->affinity, y->affinity);
    if (!order) order = ORDER(x->threads, y->threads);
    return order ? order : ORDER(y->session, x->session);
}

int yoke__stored_add_experiment(yoke__stored_list *list, const yoke_experiment *experiment) {
    for (size_t i = 0; i < experiment->row_count; i++) {
        if (!experiment->rows[i].status) YOKE_TRY(add_row(list, &experiment->rows[i]));
    }
    if (list->count) qsort(list->all, list->count, sizeof *list->all, by_place);
    return 0;
}
