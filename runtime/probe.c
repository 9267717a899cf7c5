/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/probe.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool reading; /* has the lock, and calls back */
static yoke__probe all = {.before = &all, .behind = &all};

void yoke__probe_add(yoke__probe *probe) {
    pthread_mutex_lock(&lock);
    probe->before = all.before;
    probe->behind = &all;
    probe->before->behind = all.before = probe;
    pthread_mutex_unlock(&lock);
}

void yoke__probe_remove(yoke__probe *probe) {
    pthread_mutex_lock(&lock);
    probe->before->behind = probe->behind;
    probe->behind->before = probe->before;
    pthread_mutex_unlock(&lock);
}

void yoke_probe_read(yoke_figure_fn *fn, void *ctx) {
    pthread_mutex_lock(&lock);
    reading = true;
    for (yoke__probe *probe = all.behind; probe != &all; probe = probe->behind) {
        yoke__reader reader = {
            fn, ctx, {probe->kind, probe->name ? probe->name : "", "", -1, -1, 0}};
        probe->report(probe, &reader);
    }
    reading = false;
    pthread_mutex_unlock(&lock);
}

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
