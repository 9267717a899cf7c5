/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of a load: threads begin together, each works until its own time is over, and looks at the
 * clock at every 64th operation, which is also the one whose time is taken. All runs of a load use
 * one structure, and its answer is checked after the last.
 *
 * Zipf numbers are drawn by rejection-inversion (Hoermann and Derflinger, ACM TOMACS 1996).
 */
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/sharding.h"

enum { STRIDE = 64 };

/* ---- keys ---- */

static uint64_t draw(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double draw_unit(uint64_t *state) { return (double)(draw(state) >> 11) * 0x1p-53; }

/* The integral of x^-skew, and its inverse; the limit where the skew is 1. */
static double area(double x, double skew) {
    return fabs(skew - 1) < 1e-9 ? log(x) : pow(x, 1 - skew) / (1 - skew);
}
static double inverse(double y, double skew) {
    return fabs(skew - 1) < 1e-9 ? exp(y) : pow((1 - skew) * y, 1 / (1 - skew));
}

/* A rank from 0 to n - 1. */
static uint64_t draw_zipf(uint64_t *state, uint64_t n, double skew) {
    double first = area(1.5, skew) - 1, last = area((double)n + 0.5, skew);
    for (;;) {
        double u = last + draw_unit(state) * (first - last), x = inverse(u, skew);
        double k = fmin(fmax(floor(x + 0.5), 1), (double)n);
        if (u >= area(k + 0.5, skew) - pow(k, -skew)) return (uint64_t)k - 1;
    }
}

/* Frequent keys are no neighbours: ranks are spread by a prime. */
static uint32_t draw_key(uint64_t *state, const sharding_options *o) {
    uint64_t rank = o->skew > 0 ? draw_zipf(state, o->keys, o->skew) : draw(state) % o->keys;
    uint32_t key = (uint32_t)(rank * 2654435761u % o->keys);
    return draw_unit(state) < o->read_share ? key | SHARDING_READ : key;
}

static int make_keys(sharding_thread *t) {
    uint64_t state = t->run->options->seed * 1000003 + (uint64_t)t->index;
    uint32_t *keys = malloc(SHARDING_KEYS_AHEAD * sizeof *keys);
    if (!keys) return yoke_fail(YOKE_ENOMEM, NULL);
    for (int i = 0; i < SHARDING_KEYS_AHEAD; i++) keys[i] = draw_key(&state, t->run->options);
    t->keys = keys;
    return 0;
}

/* ---- one run ---- */

typedef struct team_run {
    const sharding_load *load;
    sharding_thread *threads;
    atomic_int ready;
} team_run;

static double clock_now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A system that refuses leaves the thread free. */
static void pin(int processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* Until all have begun, or a second has passed: OpenMP may have fewer threads than members. */
static void begin_together(team_run *r, int threads) {
    yoke_deadline patience = yoke_deadline_in(1);
    atomic_fetch_add(&r->ready, 1);
    while (atomic_load(&r->ready) < threads && !yoke_deadline_passed(patience)) sched_yield();
}

static int work(yoke_team *team, sharding_thread *t, const sharding_load *load) {
    double begin = clock_now(CLOCK_MONOTONIC), end = begin + t->run->options->seconds, now;
    do {
        double before = clock_now(CLOCK_MONOTONIC);
        long one = load->work(t, 1);
        now = clock_now(CLOCK_MONOTONIC);
        if (one > 0) yoke_distribution_add(t->latencies, (uint64_t)((now - before) * 1e9), 1);
        long rest = one < 0 ? one : load->work(t, STRIDE - 1);
        if (rest < 0) return (int)rest;
        t->operations += (uint64_t)(one + rest);
    } while (now < end && !yoke_team_stopping(team));
    t->seconds = clock_now(CLOCK_MONOTONIC) - begin;
    return 0;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    team_run *r = ctx;
    sharding_thread *t = &r->threads[member];
    cpu_set_t before;
    bool pinned = t->run->processors && !sched_getaffinity(0, sizeof before, &before);
    if (pinned) pin(t->run->processors[member]);
    int status = t->keys ? 0 : make_keys(t);
    begin_together(r, t->run->threads);
    double cpu = clock_now(CLOCK_THREAD_CPUTIME_ID);
    if (!status) status = work(team, t, r->load);
    t->cpu = clock_now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    if (pinned) sched_setaffinity(0, sizeof before, &before);
    return status;
}

/* ---- all runs of a load ---- */

typedef struct samples {
    double rates[99];
    int count;
    double cpu, seconds;
} samples;

static int run_once(const sharding_load *load, const sharding_run *run, sharding_thread *threads,
                    samples *to) {
    team_run r = {.load = load, .threads = threads};
    uint64_t before[SHARDING_MOST_THREADS];
    for (int i = 0; i < run->threads; i++) before[i] = threads[i].operations;
    YOKE_TRY(yoke_team_run(run->threads, run_member, &r));
    double rate = 0, longest = 0;
    for (int i = 0; i < run->threads; i++) {
        rate += (double)(threads[i].operations - before[i]) / threads[i].seconds;
        to->cpu += threads[i].cpu;
        longest = fmax(longest, threads[i].seconds);
    }
    to->seconds += longest;
    to->rates[to->count++] = rate;
    return 0;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void rate_figures(samples *s, sharding_figures *f) {
    qsort(s->rates, (size_t)s->count, sizeof *s->rates, compare);
    f->least = s->rates[0];
    f->most = s->rates[s->count - 1];
    f->median = (s->rates[s->count / 2] + s->rates[(s->count - 1) / 2]) / 2;
    f->cpus = s->cpu / s->seconds;
}

/* Jain, Chiu and Hawe, "A quantitative measure of fairness" (1984). */
static void fairness_figures(const sharding_thread *threads, int count, sharding_figures *f) {
    double sum = 0, squares = 0, least = INFINITY, most = 0;
    for (int i = 0; i < count; i++) {
        double x = (double)threads[i].operations;
        sum += x, squares += x * x;
        least = fmin(least, x), most = fmax(most, x);
    }
    f->fairness = squares > 0 ? sum * sum / (count * squares) : 1;
    f->imbalance = least > 0 ? most / least : 0;
}

static int latency_figures(sharding_thread *threads, int count, sharding_figures *f) {
    yoke_distribution *all = threads[0].latencies;
    for (int i = 1; i < count; i++) YOKE_TRY(yoke_distribution_merge(all, threads[i].latencies));
    f->p50 = yoke_distribution_quantile(all, 0.5);
    f->p90 = yoke_distribution_quantile(all, 0.9);
    f->p99 = yoke_distribution_quantile(all, 0.99);
    f->p999 = yoke_distribution_quantile(all, 0.999);
    f->slowest = yoke_distribution_quantile(all, 1);
    return 0;
}

static int run_all(const sharding_load *load, sharding_run *run, sharding_thread *threads,
                   sharding_figures *f) {
    samples s = {.count = 0};
    int processors[SHARDING_MOST_THREADS];
    if (run->options->affinity != YOKE_AFFINITY_NONE) {
        YOKE_TRY(yoke_affinity_order(run->options->affinity, run->threads, processors));
        run->processors = processors;
    }
    YOKE_TRY(load->create(run));
    for (int i = 0; i < run->options->repeat; i++) YOKE_TRY(run_once(load, run, threads, &s));
    const char *wrong = load->check(run, threads);
    if (wrong) {
        return yoke_fail(YOKE_EDATA, "%s with %d threads: %s", load->name, run->threads, wrong);
    }
    rate_figures(&s, f);
    fairness_figures(threads, run->threads, f);
    return latency_figures(threads, run->threads, f);
}

static int prepare(sharding_thread *threads, const sharding_run *run) {
    memset(threads, 0, sizeof *threads * (size_t)run->threads);
    for (int i = 0; i < run->threads; i++) {
        threads[i].run = run;
        threads[i].index = i;
        YOKE_TRY(yoke_distribution_create(NULL, &threads[i].latencies));
    }
    return 0;
}

int sharding_measure(const sharding_options *options, const sharding_load *load, int threads,
                     sharding_figures *figures) {
    sharding_run run = {.options = options, .threads = threads};
    sharding_thread *all = yoke_aligned_alloc(sizeof *all * (size_t)threads);
    if (!all) return yoke_fail(YOKE_ENOMEM, NULL);
    sharding_figures found = {.structure = load->name, .threads = threads};
    int status = prepare(all, &run);
    if (!status) status = run_all(load, &run, all, &found);
    if (run.state) load->destroy(&run);
    for (int i = 0; i < threads; i++) {
        yoke_distribution_destroy(all[i].latencies);
        free((void *)all[i].keys);
        free(all[i].own);
    }
    yoke_aligned_free(all);
    if (!status) *figures = found;
    return status;
}
