/* SPDX-License-Identifier: Apache-2.0
 *
 * Limiters: the text that makes one, and its end.
 */
#include "pipeline/limiter.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/fork.h"

/* ---- the text ---- */

#define MOST_AMOUNT ((uint64_t)1 << 53)

static const char blanks[] = " \t\n";

static int refuse(const char *budgets, const char *at, const char *expected) {
    return yoke_fail(YOKE_ESYNTAX, "budgets: expected %s at byte %zu of '%s'", expected,
                     (size_t)(at - budgets) + 1, budgets);
}

/* A number and its unit; NULL when there is none, or it is too large. */
static const char *read_amount(const char *at, uint64_t *amount) {
    static const char units[][4] = {"KiB", "MiB", "GiB", "TiB"};
    uint64_t number = 0;
    const char *begin = at;
    for (; *at >= '0' && *at <= '9' && number <= MOST_AMOUNT; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    if (at == begin || number == 0) return NULL;
    for (unsigned i = 0; i < 4; i++) {
        if (strncmp(at, units[i], 3) != 0) continue;
        if (number > MOST_AMOUNT >> 10 * (i + 1)) return NULL;
        number <<= 10 * (i + 1);
        at += 3;
        break;
    }
    *amount = number;
    return number <= MOST_AMOUNT ? at : NULL;
}

static int read_bounds(const char *budgets, const char *at, const char *end, yoke__budget *b) {
    const char *next = read_amount(at, &b->least);
    if (!next) return refuse(budgets, at, "an amount from 1 to 2^53");
    b->most = b->least;
    if (strncmp(next, "..", 2) == 0) {
        at = next + 2;
        next = read_amount(at, &b->most);
        if (!next || b->most < b->least) return refuse(budgets, at, "a bound that is not below");
    }
    next += strspn(next, blanks);
    if (next != end) return refuse(budgets, next, "a comma");
    return YOKE_OK;
}

/* One budget, from `at` to before `end`. */
static int read_budget(const char *budgets, const char *at, const char *end, yoke__budget *b) {
    const char *colon = memrchr(at, ':', (size_t)(end - at));
    if (!colon || colon == at) return refuse(budgets, at, "NAME:AMOUNT");
    size_t length = (size_t)(colon - at);
    if (length >= sizeof b->name || strcspn(at, blanks) < length)
        return refuse(budgets, at, "a name of at most 63 bytes without blanks");
    memcpy(b->name, at, length);
    YOKE_TRY(read_bounds(budgets, colon + 1, end, b));
    b->limit = b->least;
    b->window_least = b->before_least = -1;
    return YOKE_OK;
}

static int read_budgets(const char *budgets, yoke_limiter *l) {
    for (const char *at = budgets;; at++) {
        at += strspn(at, blanks);
        const char *end = at + strcspn(at, ",");
        if (l->count == YOKE_LIMITER_BUDGETS) return refuse(budgets, at, "at most 64 budgets");
        yoke__budget *b = &l->budgets[l->count];
        YOKE_TRY(read_budget(budgets, at, end, b));
        if (yoke_limiter_find(l, b->name) >= 0) return refuse(budgets, at, "another name");
        l->count++;
        at = end;
        if (!*at) return YOKE_OK;
    }
}

/* ---- making and ending ---- */

static void release(yoke_limiter *l) {
    while (l->free) {
        yoke_limiter_lease *lease = l->free;
        l->free = lease->next;
        free(lease);
    }
    free(l->budgets);
    free(l);
}

/* A part is a budget. */
static void report(yoke__probe *probe, yoke__reader *reader) {
    yoke_limiter *l = (yoke_limiter *)((char *)probe - offsetof(yoke_limiter, probe));
    for (int i = 0; i < l->count; i++) {
        yoke_limiter_stats stats;
        if (yoke_limiter_stats_read(l, i, &stats) < 0) continue;
        yoke__probe_figure(reader, "acquired", i, -1, stats.acquired);
        yoke__probe_figure(reader, "waited", i, -1, stats.waited);
        yoke__probe_figure(reader, "wait, ns", i, -1, (uint64_t)(stats.wait_seconds * 1e9));
        yoke__probe_figure(reader, "timed out", i, -1, stats.timed_out);
        yoke__probe_figure(reader, "raised", i, -1, stats.raised);
        yoke__probe_figure(reader, "lowered", i, -1, stats.lowered);
    }
}

int yoke_limiter_create(const char *budgets, const yoke_limiter_options *options,
                        yoke_limiter **limiter) {
    yoke_limiter_options mine = options ? *options : (yoke_limiter_options){0};
    if (mine.tolerance == 0) mine.tolerance = 2;
    if (!(mine.tolerance >= 1) || !(mine.target_seconds >= 0))
        return yoke_fail(YOKE_EINVAL, "a tolerance below 1 or a target below 0");
    YOKE_TRY(yoke__fork_watch());
    yoke_limiter *made = calloc(1, sizeof *made);
    if (made) made->budgets = calloc(YOKE_LIMITER_BUDGETS, sizeof *made->budgets);
    int status = made && made->budgets ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for budgets");
    if (made) made->options = mine;
    if (status == YOKE_OK) status = read_budgets(budgets, made);
    if (status < 0 && made) release(made);
    if (status < 0) return status;
    made->probe = (yoke__probe){.kind = "limiter", .report = report};
    yoke__probe_add(&made->probe);
    *limiter = made;
    return YOKE_OK;
}

/* Under the mutex: forgets the leases that were leaked, if no other is held. */
static bool is_idle(yoke_limiter *l) {
    if (l->line) return false;
    for (const yoke_limiter_lease *lease = l->held; lease; lease = lease->next) {
        if (lease->owner < 0 || !yoke__thread_at(lease->owner)->waiting.ended) return false;
    }
    yoke__wait_take_all(l);
    while (l->held) {
        yoke_limiter_lease *lease = l->held;
        l->held = lease->next;
        lease->next = l->free;
        l->free = lease;
    }
    return true;
}

int yoke_limiter_destroy(yoke_limiter *limiter) {
    if (!limiter) return YOKE_OK;
    yoke__graph_lock();
    bool idle = is_idle(limiter);
    yoke__graph_unlock();
    if (!idle) return yoke_fail(YOKE_EINVAL, "a limiter that is in use cannot be destroyed");
    yoke__probe_remove(&limiter->probe);
    release(limiter);
    return YOKE_OK;
}

int yoke_limiter_find(const yoke_limiter *limiter, const char *name) {
    for (int i = 0; i < limiter->count; i++) {
        if (strcmp(limiter->budgets[i].name, name) == 0) return i;
    }
    return yoke_fail(YOKE_ENOENT, "there is no budget '%s'", name);
}
