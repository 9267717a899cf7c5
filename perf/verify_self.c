/* SPDX-License-Identifier: Apache-2.0
 *
 * Trying the list of algorithms that promise bits: with each number of threads, each set of
 * instructions, shuffled schedules, and inside of a parallel region.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/verify_list.h"
#include "runtime/clock.h"
#include "runtime/shuffle.h"
#include "runtime/verify.h"
#include "yoke/hash.h"
#include "yoke/isa.h"
#include "yoke/verify.h"

enum { FEW = 999, INSIDE = 3 };

static const verify_entry *const tables[] = {
    yoke__verify_list_reduce,  yoke__verify_list_scan,    yoke__verify_list_sort,
    yoke__verify_list_select,  yoke__verify_list_move,    yoke__verify_list_bins,
    yoke__verify_list_summary, yoke__verify_list_numeric, yoke__verify_list_rows,
    yoke__verify_list_flow,    yoke__verify_list_pool,    yoke__verify_list_shared};
static const int default_threads[] = {1, 2, 3, 8};

/* ---- what computations use ---- */

int yoke__verify_room(verify_case *c, void *pointer, size_t size) {
    void *room = c->room_count < YOKE__VERIFY_ROOMS ? calloc(1, size + 1) : NULL;
    if (!room) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of a computation", size);
    c->rooms[c->room_count++] = room;
    memcpy(pointer, &room, sizeof room);
    return YOKE_OK;
}

uint64_t yoke__verify_random(verify_case *c) {
    uint64_t x = c->random += 0x9E3779B97F4A7C15u; /* splitmix64 */
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

double yoke__verify_real(verify_case *c) {
    return (double)(int64_t)yoke__verify_random(c) * 0x1p-63;
}

int yoke__verify_reals(verify_case *c, double **x, size_t n) {
    YOKE_TRY(yoke__verify_room(c, x, n * sizeof **x));
    for (size_t i = 0; i < n; i++) (*x)[i] = yoke__verify_real(c);
    return YOKE_OK;
}

int yoke__verify_sizes(verify_case *c, double **x, size_t n) {
    YOKE_TRY(yoke__verify_room(c, x, n * sizeof **x));
    for (size_t i = 0; i < n; i++) {
        int exponent = (int)(yoke__verify_random(c) % 41) - 20;
        (*x)[i] = ldexp(yoke__verify_real(c), exponent);
    }
    return YOKE_OK;
}

int yoke__verify_wholes(verify_case *c, double **x, size_t n, uint64_t limit) {
    YOKE_TRY(yoke__verify_room(c, x, n * sizeof **x));
    for (size_t i = 0; i < n; i++) (*x)[i] = (double)(yoke__verify_random(c) % limit);
    return YOKE_OK;
}

int yoke__verify_words(verify_case *c, uint64_t **x, size_t n) {
    YOKE_TRY(yoke__verify_room(c, x, n * sizeof **x));
    for (size_t i = 0; i < n; i++) (*x)[i] = yoke__verify_random(c);
    return YOKE_OK;
}

int yoke__verify_add(verify_case *c, const void *bytes, size_t size) {
    c->digest = yoke__verify_digest(c->digest, bytes, size);
    return YOKE_OK;
}

yoke_run yoke__verify_exactly(const verify_case *c) {
    yoke_run exact = *c->run;
    exact.repro = YOKE_REPRO_EXACT;
    return exact;
}

/* ---- one way ---- */

typedef struct way {
    int threads;
    yoke_isa isa;
    uint64_t shuffle; /* 0: not */
    bool inside;      /* of a parallel region */
} way;

static int compute_size(const verify_entry *e, const way *w, size_t n, uint64_t *digest) {
    yoke_run run = {.threads = w->threads};
    verify_case c = {.run = &run, .n = n, .random = n, .digest = *digest};
    int status = e->compute(&c);
    while (c.room_count) free(c.rooms[--c.room_count]);
    *digest = c.digest;
    return status;
}

static int compute_sizes(const verify_entry *e, const way *w, uint64_t *digest) {
    const size_t sizes[] = {1, FEW, e->n};
    for (int i = e->n > FEW ? 0 : 2; i < 3; i++) YOKE_TRY(compute_size(e, w, sizes[i], digest));
    return YOKE_OK;
}

/* The detail of a failure belongs to a thread. */
typedef struct attempt {
    const verify_entry *entry;
    const way *way;
    uint64_t digest;
    int status;
    char detail[256];
} attempt;

static void compute_inside(attempt *a) {
#pragma omp parallel num_threads(INSIDE) default(none) shared(a)
#pragma omp single
    {
        a->status = compute_sizes(a->entry, a->way, &a->digest);
        if (a->status < 0) snprintf(a->detail, sizeof a->detail, "%s", yoke_error_detail());
    }
}

static int compute(const verify_entry *e, const way *w, uint64_t *digest) {
    *digest = 0;
    yoke_isa_limit(w->isa);
    atomic_store(&yoke__shuffle_seed, w->shuffle);
    if (!w->inside) return compute_sizes(e, w, digest);
    attempt a = {.entry = e, .way = w};
    compute_inside(&a);
    *digest = a.digest;
    return a.status < 0 ? yoke_fail(a.status, "%s", a.detail) : YOKE_OK;
}

/* ---- all ways ---- */

typedef struct trial {
    const yoke_verify_self_options *options;
    uint64_t draws;
} trial;

static void describe(const way *w, yoke_verify_row *row) {
    snprintf(row->differs, sizeof row->differs, "%d threads%s, %s, YOKE_SHUFFLE=%llu", w->threads,
             w->inside ? " inside a parallel region" : "", yoke_isa_name(w->isa),
             (unsigned long long)w->shuffle);
}

static int try_way(const verify_entry *e, const way *w, yoke_verify_row *row) {
    uint64_t digest;
    int status = compute(e, w, &digest);
    if (status < 0 && row->status >= 0) row->status = status;
    if (!row->ways++) row->digest = digest;
    if (status >= 0 && digest == row->digest)
        row->same++;
    else if (!row->differs[0])
        describe(w, row);
    return status;
}

/* The first way is the plain one: one thread, no wide vectors, no shuffling. */
static void try_all(trial *t, const verify_entry *e, yoke_isa widest, yoke_verify_row *row) {
    const yoke_verify_self_options *o = t->options;
    for (int isa = YOKE_ISA_PLAIN; isa <= (int)widest; isa++) {
        for (size_t i = 0; i <= o->thread_count; i++) {
            way w = {.isa = (yoke_isa)isa, .inside = i == o->thread_count};
            w.threads = w.inside ? INSIDE : o->threads[i];
            if (row->ways)
                w.shuffle = 1 + yoke_hash_mix(o->seed + ++t->draws * 0x9E3779B97F4A7C15u,
                                              0xA0761D6478BD642Fu) %
                                    999999;
            if (try_way(e, &w, row) < 0 || yoke_cancel_requested(o->cancel)) return;
        }
    }
}

static int try_entry(trial *t, const verify_entry *e, yoke_isa widest, yoke_verify_row *row) {
    *row = (yoke_verify_row){.algorithm = e->algorithm,
                             .input = e->input,
                             .level = e->level,
                             .headers = e->headers,
                             .local = e->local,
                             .size = e->n};
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    try_all(t, e, widest, row);
    row->seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    return row->status == YOKE_OK && row->same == row->ways ? 0 : 1;
}

typedef void tell_fn(const yoke_verify_row *row, void *ctx);

static int try_list(trial *t, yoke_isa widest, tell_fn *tell, void *ctx) {
    int failed = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const verify_entry *e = tables[i]; e->algorithm; e++) {
            yoke_verify_row row;
            if (t->options->only && !strstr(e->algorithm, t->options->only)) continue;
            failed += try_entry(t, e, widest, &row);
            if (yoke_cancel_requested(t->options->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
            tell(&row, ctx);
        }
    }
    return failed;
}

int yoke_verify_self(const yoke_verify_self_options *options, tell_fn *tell, void *ctx) {
    yoke_verify_self_options o = options ? *options : (yoke_verify_self_options){.seed = 1};
    if (o.thread_count && !o.threads)
        return yoke_fail(YOKE_EINVAL, "verify: no numbers of threads");
    if (!tell) return yoke_fail(YOKE_EINVAL, "verify: nobody to tell");
    if (!o.thread_count) {
        o.threads = default_threads;
        o.thread_count = sizeof default_threads / sizeof *default_threads;
    }
    if (!o.seed) o.seed = 1;
    for (size_t i = 0; i < o.thread_count; i++)
        if (o.threads[i] < 1) return yoke_fail(YOKE_EINVAL, "verify: %d threads", o.threads[i]);
    yoke_isa before = yoke_isa_in_use(), widest = yoke_isa_limit(YOKE_ISA_AVX512);
    uint64_t seed = atomic_load(&yoke__shuffle_seed);
    int failed = try_list(&(trial){.options = &o}, widest, tell, ctx);
    atomic_store(&yoke__shuffle_seed, seed);
    yoke_isa_limit(before);
    return failed;
}
