/* SPDX-License-Identifier: Apache-2.0
 *
 * What a difference depends on: more runs, in which one thing at a time is changed (or, where even
 * repetitions differ, one thing at a time is held). After Zeller, "Why programs fail" (2005), who
 * narrows causes down by experiments; here with so few candidates that each is tried.
 */
#include <time.h>

#include "perf/verify.h"

enum { TRIES = 3 };

static const char addresses[] =
    "addresses: runs are the same where the layout of memory is (setarch -R)";
static const char memory[] =
    "memory that is read before it is written: it changes with MALLOC_PERTURB_";
static const char race[] = "a race of threads: with one thread the runs are the same";
static const char chance[] =
    "neither threads nor addresses: time, process numbers, or random numbers without a seed";
static const char number[] = "the number of threads: with the same number the runs are the same";
static const char order[] =
    "the order in which threads come: runs with the same number of them differ";
static const char unknown[] =
    "something that was not met again, or several things at the same time";

/* Times are often written in seconds: what differs by the time has to be given a chance. */
static void wait_for_another_second(void) {
    struct timespec pause = {.tv_sec = 1, .tv_nsec = 50000000};
    nanosleep(&pause, NULL);
}

/* Whether a second run with this setting is the same; 1 or 0, or a failure. */
static int repeats(verify_search *s, const verify_setting *setting, int tries, uint64_t *digest) {
    YOKE_TRY(s->probe(s->ctx, setting, digest));
    for (int i = 0; i < tries; i++) {
        uint64_t again;
        if (i == 0) wait_for_another_second();
        YOKE_TRY(s->probe(s->ctx, setting, &again));
        if (again != *digest) return 0;
    }
    return 1;
}

/* Even repetitions differ. */
static int search_repetitions(verify_search *s, const verify_setting *base, const char **cause) {
    verify_setting fixed = *base, single;
    uint64_t digest, other;
    fixed.fixed_addresses = true;
    single = fixed;
    single.threads = 1;
    int same = repeats(s, &fixed, TRIES - 1, &digest);
    if (same == 1) {
        fixed.perturb = 0x5A;
        YOKE_TRY(s->probe(s->ctx, &fixed, &other));
        *cause = digest == other ? addresses : memory;
        return YOKE_OK;
    }
    if (same == 0 && base->threads > 1) same = repeats(s, &single, TRIES - 1, &digest);
    if (same < 0) return same;
    *cause = same ? race : chance;
    return YOKE_OK;
}

/* Whether runs with a setting are as one of them was; 1 or 0, or a failure. */
static int is_certain(verify_search *s, const verify_setting *setting, uint64_t digest) {
    for (int i = 0; i < TRIES; i++) {
        uint64_t again;
        YOKE_TRY(s->probe(s->ctx, setting, &again));
        if (again != digest) return 0;
    }
    return 1;
}

/* 1: found. Where a setting gives now this and now that, it only made a race more likely. */
static int search_variable(verify_search *s, const verify_setting *base, int which,
                           const char **cause) {
    for (int i = 0; i < TRIES; i++) {
        verify_setting changed = *base;
        uint64_t digest;
        const char *what = yoke__verify_setting_draw_one(&changed, which, s->schedules, &s->random);
        YOKE_TRY(s->probe(s->ctx, &changed, &digest));
        if (digest == s->first) continue;
        int certain = is_certain(s, &changed, digest);
        if (certain < 0) return certain;
        *cause = certain ? what : base->threads > 1 ? order : unknown;
        return 1;
    }
    return 0;
}

static int search_threads(verify_search *s, const verify_setting *base, const char **cause) {
    for (size_t i = 1; i < s->thread_count; i++) {
        verify_setting more = *base;
        uint64_t digest = s->first;
        more.threads = s->threads[i];
        int same = repeats(s, &more, TRIES, &digest);
        if (same < 0) return same;
        if (same && digest == s->first) continue;
        *cause = same ? number : order;
        return 1;
    }
    return 0;
}

/* Repetitions are the same. Threads come first: most that differs is due to them, and a schedule
 * shows only with several. */
static int search_changes(verify_search *s, verify_setting *base, const char **cause) {
    int found = search_threads(s, base, cause);
    for (int which = 0; !found && which < YOKE__VERIFY_VARIABLES; which++)
        found = search_variable(s, base, which, cause);
    if (!found && s->thread_count > 1) {
        base->threads = s->threads[s->thread_count - 1];
        for (int which = 0; !found && which < YOKE__VERIFY_VARIABLES; which++)
            found = search_variable(s, base, which, cause);
    }
    if (!found) *cause = unknown;
    return found < 0 ? found : YOKE_OK;
}

int yoke__verify_cause(verify_search *search, const char **cause) {
    verify_setting base = {.threads = search->threads[0]};
    uint64_t digest;
    int same = repeats(search, &base, TRIES, &digest);
    if (same < 0) return same;
    if (same && digest == search->first) return search_changes(search, &base, cause);
    return search_repetitions(search, &base, cause);
}
