/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures and leases of a resource pool, and the texts of its failures.
 *
 * A lease is read while its owner goes on: its version is odd while it is being written, and
 * another after; only what was read between two equal even ones counts (a sequence lock).
 */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>

#include "pool/resource.h"
#include "runtime/text.h"

/* ---- failures ---- */

int yoke__resource_fail(const yoke_resource_pool *p, int status, const char *format, ...) {
    char detail[1024];
    yoke__text text = {detail, sizeof detail, 0};
    yoke__text_add(&text, "resource pool ");
    yoke__text_name(&text, p->name, p);
    yoke__text_add(&text, ": ");
    char what[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    yoke__text_add(&text, "%s", what);
    return yoke_fail(status, "%s", detail);
}

/* ---- leases ---- */

/* Whether the place was leased at one moment. */
static bool read_lease(const yoke__place *place, int64_t now, yoke_resource_lease *lease) {
    for (;;) {
        /* acquire, all: see yoke__lease_begin. */
        uint64_t version = __atomic_load_n(&place->version, __ATOMIC_ACQUIRE);
        uint32_t owner = __atomic_load_n(&place->owner, __ATOMIC_ACQUIRE);
        const char *site = __atomic_load_n(&place->site, __ATOMIC_ACQUIRE);
        int64_t since = __atomic_load_n(&place->since, __ATOMIC_ACQUIRE);
        if (version % 2 || yoke__get(place->version) != version) {
            sched_yield();
            continue;
        }
        double age = now > since ? (double)(now - since) * 1e-9 : 0;
        *lease = (yoke_resource_lease){yoke__get(place->handle),
                                       owner == YOKE__NOBODY ? -1 : (int)owner - 1, site, age};
        return owner != 0;
    }
}

size_t yoke_resource_leases(yoke_resource_pool *p, double age, yoke_resource_lease *leases,
                            size_t room) {
    int64_t now = yoke__resource_now(p);
    size_t count = 0;
    for (unsigned i = 0; i < p->maximum; i++) {
        yoke_resource_lease lease;
        if (!read_lease(&p->places[i], now, &lease) || lease.age < age) continue;
        if (count < room) leases[count] = lease;
        count++;
    }
    return count;
}

static void describe(yoke__text *text, const yoke_resource_lease *lease) {
    yoke__text_add(text, "%p ", lease->handle);
    if (lease->owner < 0)
        yoke__text_add(text, "disowned, acquired");
    else
        yoke__text_add(text, "held by thread %d", lease->owner);
    yoke__text_add(text, " since %s for %.3f s", lease->site, lease->age);
}

size_t yoke_resource_leases_write(yoke_resource_pool *p, double age, char *text, size_t size) {
    yoke__text out = {text, size, 0};
    int64_t now = yoke__resource_now(p);
    for (unsigned i = 0; i < p->maximum; i++) {
        yoke_resource_lease lease;
        if (!read_lease(&p->places[i], now, &lease) || lease.age < age) continue;
        describe(&out, &lease);
        yoke__text_add(&out, "\n");
    }
    if (size > 0 && out.length == 0) *text = '\0';
    return out.length;
}

int yoke__resource_fail_held(yoke_resource_pool *p, int status) {
    int64_t now = yoke__resource_now(p);
    yoke_resource_lease oldest = {.age = -1};
    char line[512];
    yoke__text text = {line, sizeof line, 0};
    unsigned count = 0;
    for (unsigned i = 0; i < p->maximum; i++) {
        yoke_resource_lease lease;
        if (!read_lease(&p->places[i], now, &lease)) continue;
        count++;
        if (lease.age > oldest.age) oldest = lease;
    }
    if (count == 0) return yoke__resource_fail(p, status, "handles are being created or destroyed");
    describe(&text, &oldest);
    return yoke__resource_fail(p, status, "%u handle%s in use; %s", count,
                               count == 1 ? " is" : "s are", line);
}

/* ---- figures ---- */

void yoke_resource_stats_read(yoke_resource_pool *p, yoke_resource_stats *stats) {
    yoke__graph_lock();
    *stats = p->stats;
    for (unsigned i = 0; i < p->maximum; i++)
        stats->acquired += yoke__get(p->places[i].version) / 2;
    stats->acquired -= p->unused;
    stats->idle = yoke__idle_count(p);
    stats->in_use = p->live > stats->idle ? p->live - stats->idle : 0;
    stats->waiting = p->waiting;
    stats->peak = yoke__get(p->peak);
    stats->failures = p->failures;
    double next = (double)(p->next_try - yoke__resource_now(p)) * 1e-9;
    stats->next_try = p->failures && next > 0 ? next : 0;
    yoke__graph_unlock();
}

void yoke__resource_report(yoke__probe *probe, yoke__reader *reader) {
    yoke_resource_pool *p =
        (yoke_resource_pool *)((char *)probe - offsetof(yoke_resource_pool, probe));
    yoke_resource_stats stats;
    yoke_resource_stats_read(p, &stats);
    yoke__probe_figure(reader, "acquired", -1, -1, stats.acquired);
    yoke__probe_figure(reader, "waited", -1, -1, stats.waited);
    yoke__probe_figure(reader, "wait, ns", -1, -1, (uint64_t)(stats.wait_seconds * 1e9));
    yoke__probe_figure(reader, "timed out", -1, -1, stats.timed_out);
    yoke__probe_figure(reader, "created", -1, -1, stats.created);
    yoke__probe_figure(reader, "failed to create", -1, -1, stats.failed);
    yoke__probe_figure(reader, "destroyed", -1, -1, stats.destroyed);
    yoke__probe_figure(reader, "leaked", -1, -1, stats.leaked);
}
