/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/probe.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool reading; /* has the lock, and calls back */
static yoke__probe all = {.before = &all, .behind = &all};

static uint64_t serials;
static yoke_figure_fn *leaving; /* NULL: nobody watches */
static void *leaving_ctx;

void yoke__probe_add(yoke__probe *probe) {
    pthread_mutex_lock(&lock);
    probe->serial = ++serials;
    probe->before = all.before;
    probe->behind = &all;
    probe->before->behind = all.before = probe;
    pthread_mutex_unlock(&lock);
}

/* Under the lock. */
static void read_one(yoke__probe *probe, yoke_figure_fn *fn, void *ctx) {
    yoke_figure figure = {probe->kind, probe->name ? probe->name : "", "", -1, -1, 0};
    yoke__reader reader = {fn, ctx, probe->serial, figure};
    reading = true;
    probe->report(probe, &reader);
    reading = false;
}

static void read_each(yoke_figure_fn *fn, void *ctx) {
    for (yoke__probe *probe = all.behind; probe != &all; probe = probe->behind)
        read_one(probe, fn, ctx);
}

void yoke__probe_remove(yoke__probe *probe) {
    pthread_mutex_lock(&lock);
    if (leaving) read_one(probe, leaving, leaving_ctx);
    probe->before->behind = probe->behind;
    probe->behind->before = probe->before;
    pthread_mutex_unlock(&lock);
}

void yoke_probe_read(yoke_figure_fn *fn, void *ctx) {
    pthread_mutex_lock(&lock);
    read_each(fn, ctx);
    pthread_mutex_unlock(&lock);
}

bool yoke__probe_watch(yoke_figure_fn *now, yoke_figure_fn *fn, void *ctx) {
    pthread_mutex_lock(&lock);
    bool may = !fn || !leaving || leaving_ctx == ctx;
    if (may) {
        if (now) read_each(now, ctx);
        leaving = fn;
        leaving_ctx = ctx;
    }
    pthread_mutex_unlock(&lock);
    return may;
}

void yoke__probe_forget(void) { leaving = NULL; }

void yoke__probes_lock(void) {
    if (!reading) pthread_mutex_lock(&lock);
}

void yoke__probes_unlock(void) {
    if (!reading) pthread_mutex_unlock(&lock);
}

void yoke__probe_figure(yoke__reader *reader, const char *name, int part, int peer,
                        uint64_t value) {
    reader->figure.name = name;
    reader->figure.part = part;
    reader->figure.peer = peer;
    reader->figure.value = value;
    reader->fn(&reader->figure, reader->ctx);
}
