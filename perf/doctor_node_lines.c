/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cache line that two processors write costs on this node: two threads, each bound to a
 * processor, add to words of their own that lie in one line, or YOKE_CACHE_PAD bytes apart. These
 * are the two layouts between which counters, queues and deques choose (the library's are padded).
 *
 * The layouts take turns of some milliseconds, so that what drifts hits both. A turn in which one
 * of the threads did not have its processor, by its CPU clock, or began late, does not count: the
 * other had the line for itself then. Figures are medians of the turns.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "perf/doctor_node.h"
#include "runtime/clock.h"
#include "yoke/memory.h"
#include "yoke/statistics.h"

static const char group[] = "shared lines";
static const double turn_s = 0.002;

enum { PLAIN, ATOMIC, ADDS };      /* a load and a store, as in yoke/counter.h; one instruction */
enum { APART, TOGETHER, LAYOUTS }; /* of the two words */
enum { MOST_TURNS = 256, WORDS = YOKE_CACHE_PAD / sizeof(uint64_t) };

/* What a thread did in a turn. */
typedef struct side {
    double begin, seconds, cpu;
    uint64_t adds;
} side;

typedef struct probe {
    _Alignas(YOKE_CACHE_PAD) uint64_t words[2 * WORDS];
    _Alignas(YOKE_CACHE_PAD) pthread_barrier_t meet;
    int cpus[2];
    int add, layout; /* of the turn; written before its first meeting */
    bool over;
    side sides[2]; /* each written before the second one, by its thread */
    double times[ADDS][LAYOUTS][MOST_TURNS];
    size_t turns[ADDS][LAYOUTS];
} probe;

static bool bind_to(int cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

/* relaxed: nobody else writes the word, and nothing is published by it. */
// NOLINTNEXTLINE(readability-non-const-parameter): the builtins write to the word
static void add_batch(uint64_t *word, int add, int count) {
    for (int i = 0; i < count; i++) {
        if (add == ATOMIC)
            __atomic_fetch_add(word, 1, __ATOMIC_RELAXED);
        else
            __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
    }
}

static void take_turn(probe *p, int me) {
    enum { BATCH = 500 };
    uint64_t *word = &p->words[p->layout == APART ? me * WORDS : me];
    side s = {.begin = yoke__seconds(CLOCK_MONOTONIC)};
    double cpu = yoke__seconds(CLOCK_THREAD_CPUTIME_ID);
    while (s.seconds < turn_s) {
        add_batch(word, p->add, BATCH);
        s.adds += BATCH;
        s.seconds = yoke__seconds(CLOCK_MONOTONIC) - s.begin;
    }
    s.cpu = yoke__seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    p->sides[me] = s;
}

static void *help(void *ctx) {
    probe *p = ctx;
    /* Where it cannot, turns in which both were on one processor do not count. */
    bind_to(p->cpus[1]);
    for (;;) {
        pthread_barrier_wait(&p->meet);
        if (p->over) return NULL;
        take_turn(p, 1);
        pthread_barrier_wait(&p->meet);
    }
}

/* Both worked at the same time, from begin to end. */
static bool counts(const side *a, const side *b) {
    const double whole = 0.9, together = 0.1;
    double late = a->begin > b->begin ? a->begin - b->begin : b->begin - a->begin;
    return late < together * turn_s && a->cpu > whole * a->seconds && b->cpu > whole * b->seconds;
}

static void make_turn(probe *p, int add, int layout) {
    const side *a = &p->sides[0], *b = &p->sides[1];
    p->add = add;
    p->layout = layout;
    pthread_barrier_wait(&p->meet);
    take_turn(p, 0);
    pthread_barrier_wait(&p->meet);
    size_t *count = &p->turns[add][layout];
    if (*count == MOST_TURNS || !counts(a, b)) return;
    p->times[add][layout][(*count)++] =
        (a->seconds / (double)a->adds + b->seconds / (double)b->adds) / 2;
}

static void make_turns(probe *p, double seconds) {
    double end = yoke__seconds(CLOCK_MONOTONIC) + seconds;
    do {
        for (int add = 0; add < ADDS; add++) {
            for (int layout = 0; layout < LAYOUTS; layout++) make_turn(p, add, layout);
        }
    } while (yoke__seconds(CLOCK_MONOTONIC) < end);
}

/* False when the helper cannot be had. */
static bool run(probe *p, double seconds) {
    pthread_t helper;
    if (pthread_barrier_init(&p->meet, NULL, 2) != 0) return false;
    bool started = pthread_create(&helper, NULL, help, p) == 0;
    if (started) {
        make_turns(p, seconds);
        p->over = true;
        pthread_barrier_wait(&p->meet);
        pthread_join(helper, NULL);
    }
    pthread_barrier_destroy(&p->meet);
    return started;
}

static bool median(const probe *p, int add, int layout, double *value) {
    yoke_samples samples = {p->times[add][layout], p->turns[add][layout]};
    return samples.count && yoke_stat_quantile(samples, 0.5, value) == YOKE_OK;
}

static void tell(yoke__reading *r, const probe *p, int add) {
    char name[64];
    double apart, together;
    const char *source = "two threads add to a word each";
    snprintf(name, sizeof name, "processors %d, %d%s", p->cpus[0], p->cpus[1],
             add == ATOMIC ? ", atomic" : "");
    if (median(p, add, APART, &apart) && median(p, add, TOGETHER, &together) && apart > 0)
        yoke__fact(r, group, name, source,
                   "%.2f ns an add in lines of their own, %.2f ns in one line: %.1f times as long",
                   1e9 * apart, 1e9 * together, together / apart);
    else
        yoke__fact(r, group, name, source, "not known: others had one of the processors meanwhile");
}

static void measure_pair(yoke__reading *r, int first, int second) {
    probe *p = aligned_alloc(YOKE_CACHE_PAD, sizeof *p);
    if (!p) {
        r->status = yoke_fail(YOKE_ENOMEM, NULL);
        return;
    }
    *p = (probe){.cpus = {first, second}};
    bool ran = bind_to(first) && run(p, r->seconds);
    for (int add = 0; add < ADDS && ran; add++) tell(r, p, add);
    free(p);
    if (!ran) yoke__fact(r, group, "all", "", "not known: no second thread can be had");
}

void yoke__node_lines(yoke__reading *r) {
    cpu_set_t permitted;
    int first = -1, next = -1, last = -1;
    if (sched_getaffinity(0, sizeof permitted, &permitted) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &permitted)) continue;
        if (first >= 0 && next < 0) next = cpu;
        if (first < 0) first = cpu;
        last = cpu;
    }
    if (next < 0) {
        yoke__fact(r, group, "all", "", "not measured: there is one processor");
        return;
    }
    measure_pair(r, first, next);
    if (last != next) measure_pair(r, first, last);
    sched_setaffinity(0, sizeof permitted, &permitted);
}
