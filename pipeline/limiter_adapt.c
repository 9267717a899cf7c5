/* SPDX-License-Identifier: Apache-2.0
 *
 * How limits adapt, and what was seen on the way: latency by concurrency.
 */
#include "pipeline/limiter.h"
#include "runtime/text.h"

/* Row i has leases that began with 2^(i-1) + 1 to 2^i holders. */
static unsigned row_of(unsigned holders) {
    unsigned row = 0;
    while (row < YOKE_LIMITER_ROWS - 1 && holders > 1u << row) row++;
    return row;
}

static void note_latency(yoke__budget *b, unsigned holders, double seconds) {
    yoke_limiter_row *row = &b->rows[row_of(holders)];
    if (row->count == 0 || seconds < row->least) row->least = seconds;
    if (row->count == 0 || seconds > row->most) row->most = seconds;
    row->mean += seconds;
    row->count++;
}

/* A window is closed by the round in which the latency is measured again. */
static void note_least(yoke__budget *b, double seconds) {
    if (b->in_window == YOKE__LEAST_WINDOW && b->saved) {
        b->before_least = b->window_least;
        b->window_least = -1;
        b->in_window = 0;
    }
    if (b->window_least < 0 || seconds < b->window_least) b->window_least = seconds;
    b->in_window += b->in_window < YOKE__LEAST_WINDOW;
}

static double least_of(const yoke__budget *b) {
    bool before = b->before_least >= 0 && b->before_least < b->window_least;
    return before ? b->before_least : b->window_least;
}

static bool is_congested(const yoke_limiter *l, const yoke__budget *b) {
    double mean = b->sum / b->releases, target = l->options.target_seconds;
    return b->failed || mean > l->options.tolerance * least_of(b) || (target > 0 && mean > target);
}

static uint64_t lowered(const yoke__budget *b, double factor) {
    uint64_t limit = (uint64_t)((double)b->limit * factor);
    return limit > b->least ? limit : b->least;
}

static uint64_t raised(const yoke__budget *b) {
    uint64_t step = (b->most - b->least) / 64 + ((b->most - b->least) < 64);
    return b->most - b->limit > step ? b->limit + step : b->most;
}

static void adapt(const yoke_limiter *l, yoke__budget *b) {
    bool congested = is_congested(l, b);
    uint64_t before = b->limit;
    if (congested)
        b->limit = lowered(b, 0.75);
    else if (b->full)
        b->limit = raised(b);
    b->raised += b->limit > before;
    b->lowered += b->limit < before;
}

/* Else the least latency that is remembered would become that of a limit that is too high. */
static void measure_again(const yoke_limiter *l, yoke__budget *b) {
    b->saved = b->limit;
    b->limit = lowered(b, 1 / l->options.tolerance);
}

static void end_round(yoke_limiter *l, yoke__budget *b) {
    if (b->saved)
        b->limit = b->saved;
    else
        adapt(l, b);
    if (!b->saved && b->in_window == YOKE__LEAST_WINDOW)
        measure_again(l, b);
    else
        b->saved = 0;
    b->releases = b->full = 0;
    b->sum = 0;
    b->failed = false;
    b->changed = l->leases;
}

void yoke__limiter_note(yoke_limiter *l, const yoke_limiter_lease *lease, size_t need,
                        double seconds, bool failed) {
    yoke__budget *b = &l->budgets[lease->needs[need].budget];
    note_latency(b, lease->holders[need], seconds);
    if (b->least == b->most) return;
    note_least(b, seconds);
    if (lease->number <= b->changed) return;
    b->releases++;
    b->sum += seconds;
    b->failed |= failed;
    if (b->releases >= (b->full ? b->full : b->peak)) end_round(l, b);
}

/* ---- figures ---- */

static void copy_rows(const yoke__budget *b, yoke_limiter_row rows[YOKE_LIMITER_ROWS]) {
    for (unsigned i = 0; i < YOKE_LIMITER_ROWS; i++) {
        rows[i] = b->rows[i];
        rows[i].from = i == 0 ? 1 : (1u << (i - 1)) + 1;
        rows[i].to = i == YOKE_LIMITER_ROWS - 1 ? UINT32_MAX : 1u << i;
        if (rows[i].count) rows[i].mean /= (double)rows[i].count;
    }
}

int yoke_limiter_stats_read(yoke_limiter *limiter, int budget, yoke_limiter_stats *stats) {
    if (budget < 0 || budget >= limiter->count)
        return yoke_fail(YOKE_EINVAL, "there is no budget %d", budget);
    yoke__graph_lock();
    const yoke__budget *b = &limiter->budgets[budget];
    *stats = (yoke_limiter_stats){.least = b->least,
                                  .most = b->most,
                                  .limit = b->limit,
                                  .taken = b->taken,
                                  .holders = b->holders,
                                  .peak = b->peak,
                                  .waiting = b->waiting,
                                  .acquired = b->acquired,
                                  .waited = b->waited,
                                  .timed_out = b->timed_out,
                                  .deadlocks = b->deadlocks,
                                  .leaked = b->leaked,
                                  .wait_seconds = b->wait_seconds,
                                  .raised = b->raised,
                                  .lowered = b->lowered};
    for (size_t i = 0; i < sizeof stats->name; i++) stats->name[i] = b->name[i];
    copy_rows(b, stats->rows);
    yoke__graph_unlock();
    return YOKE_OK;
}

static void write_row(yoke__text *text, const yoke_limiter_row *row) {
    if (row->count == 0) return;
    double holders = (row->from + (double)(row->to == UINT32_MAX ? row->from : row->to)) / 2;
    yoke__text_add(text, "  %7u.. %10llu  %.6f  %.6f  %.6f  %.1f\n", row->from,
                   (unsigned long long)row->count, row->least, row->mean, row->most,
                   row->mean > 0 ? holders / row->mean : 0);
}

static void write_budget(yoke__text *text, const yoke_limiter_stats *s) {
    uint64_t in_vain = s->timed_out + s->deadlocks;
    yoke__text_add(text, "%s: %llu of %llu taken by %u (at most %u)", s->name,
                   (unsigned long long)s->taken, (unsigned long long)s->limit, s->holders, s->peak);
    if (s->least < s->most)
        yoke__text_add(text, ", limit between %llu and %llu raised %llu times and lowered %llu",
                       (unsigned long long)s->least, (unsigned long long)s->most,
                       (unsigned long long)s->raised, (unsigned long long)s->lowered);
    yoke__text_add(text, "; %llu leases, %llu waited %.3f s, %llu in vain, %u wait\n",
                   (unsigned long long)s->acquired, (unsigned long long)s->waited, s->wait_seconds,
                   (unsigned long long)in_vain, s->waiting);
    if (s->acquired == s->holders) return;
    yoke__text_add(text, "  holders       leases  least s   mean s    most s    leases a second\n");
    for (int i = 0; i < YOKE_LIMITER_ROWS; i++) write_row(text, &s->rows[i]);
}

size_t yoke_limiter_report(yoke_limiter *limiter, char *text, size_t size) {
    yoke__text out = {text, size, 0};
    yoke_limiter_stats stats;
    for (int i = 0; i < limiter->count; i++) {
        if (yoke_limiter_stats_read(limiter, i, &stats) == YOKE_OK) write_budget(&out, &stats);
    }
    return out.length;
}
