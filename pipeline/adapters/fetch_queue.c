/* SPDX-License-Identifier: Apache-2.0
 *
 * Which job is next: lines at hosts, the line of hosts, and those that pause. Each step takes
 * constant time, but for the heap.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/adapters/fetch.h"
#include "yoke/hash.h"

/* ---- hosts ---- */

/* Host and port: what is between "://" and the next of "/?#", after a user's name. */
static size_t find_name(const char *url, const char **name) {
    const char *begin = strstr(url, "://");
    begin = begin ? begin + 3 : url;
    size_t length = strcspn(begin, "/?#");
    const char *user = memrchr(begin, '@', length);
    if (user) length -= (size_t)(user + 1 - begin), begin = user + 1;
    *name = begin;
    return length;
}

static uint64_t hash_of(const char *name, size_t length) {
    static const uint64_t seed[2] = {0x9E3779B97F4A7C15u, 0xA0761D6478BD642Fu};
    return yoke_hash_bytes(seed, name, length);
}

static int add_host(yoke__fetch_queue *q, const char *name, size_t length, size_t *place) {
    if (q->host_count == q->host_room) {
        size_t room = q->host_room ? 2 * q->host_room : 16;
        yoke__fetch_host *hosts = realloc(q->hosts, room * sizeof *hosts);
        if (!hosts) return yoke_fail(YOKE_ENOMEM, "no memory for %zu hosts", room);
        q->hosts = hosts;
        q->host_room = room;
    }
    yoke__fetch_host *host = &q->hosts[q->host_count];
    *host = (yoke__fetch_host){.first = YOKE__NONE, .last = YOKE__NONE, .next = YOKE__NONE};
    host->name = strndup(name, length);
    if (!host->name) return yoke_fail(YOKE_ENOMEM, "no memory for a host");
    *place = q->host_count++;
    return YOKE_OK;
}

static int find_host(yoke__fetch_queue *q, const char *url, size_t *host) {
    const char *name;
    size_t length = find_name(url, &name), at = hash_of(name, length) & (q->table_size - 1);
    for (;; at = (at + 1) & (q->table_size - 1)) {
        if (q->table[at] == YOKE__NONE) YOKE_TRY(add_host(q, name, length, &q->table[at]));
        const char *other = q->hosts[q->table[at]].name;
        if (strncmp(other, name, length) == 0 && !other[length]) break;
    }
    *host = q->table[at];
    return YOKE_OK;
}

/* Puts the host in the line when it has something to do there. */
static void line_up(yoke__fetch_queue *q, size_t place) {
    yoke__fetch_host *host = &q->hosts[place];
    if (host->in_line || host->first == YOKE__NONE || host->running >= q->per_host) return;
    host->in_line = true;
    host->next = YOKE__NONE;
    if (q->last == YOKE__NONE)
        q->first = place;
    else
        q->hosts[q->last].next = place;
    q->last = place;
}

static void enqueue(yoke__fetch_queue *q, size_t job) {
    yoke__fetch_host *host = &q->hosts[q->jobs[job].host];
    q->jobs[job].next = YOKE__NONE;
    if (host->last == YOKE__NONE)
        host->first = job;
    else
        q->jobs[host->last].next = job;
    host->last = job;
    line_up(q, q->jobs[job].host);
}

/* ---- those that pause: a heap from 1 ---- */

static yoke_deadline due(const yoke__fetch_queue *q, size_t place) {
    return q->jobs[q->heap[place]].due;
}

static void swap(yoke__fetch_queue *q, size_t a, size_t b) {
    size_t job = q->heap[a];
    q->heap[a] = q->heap[b];
    q->heap[b] = job;
}

static void push(yoke__fetch_queue *q, size_t job) {
    size_t at = ++q->paused;
    q->heap[at] = job;
    for (; at > 1 && due(q, at / 2) > due(q, at); at /= 2) swap(q, at, at / 2);
}

static size_t pop(yoke__fetch_queue *q) {
    size_t job = q->heap[1], at = 1;
    q->heap[1] = q->heap[q->paused--];
    for (size_t child; (child = 2 * at) <= q->paused; at = child) {
        if (child < q->paused && due(q, child + 1) < due(q, child)) child++;
        if (due(q, child) >= due(q, at)) break;
        swap(q, at, child);
    }
    return job;
}

/* ---- interface ---- */

static int allocate(yoke__fetch_queue *q, size_t count) {
    for (q->table_size = 16; q->table_size < 2 * count;) q->table_size *= 2;
    q->jobs = calloc(count + 1, sizeof *q->jobs);
    q->heap = calloc(count + 2, sizeof *q->heap);
    q->table = malloc(q->table_size * sizeof *q->table);
    if (!q->jobs || !q->heap || !q->table)
        return yoke_fail(YOKE_ENOMEM, "no memory for %zu addresses", count);
    for (size_t i = 0; i < q->table_size; i++) q->table[i] = YOKE__NONE;
    return YOKE_OK;
}

int yoke__fetch_queue_init(yoke__fetch_queue *q, const yoke_fetch_item *items, size_t count,
                           unsigned per_host) {
    *q = (yoke__fetch_queue){
        .count = count, .per_host = per_host, .first = YOKE__NONE, .last = YOKE__NONE};
    YOKE_TRY(allocate(q, count));
    for (size_t i = 0; i < count; i++) {
        YOKE_TRY(find_host(q, items[i].url, &q->jobs[i].host));
        enqueue(q, i);
    }
    return YOKE_OK;
}

void yoke__fetch_queue_fini(yoke__fetch_queue *q) {
    for (size_t i = 0; i < q->host_count; i++) free(q->hosts[i].name);
    free(q->hosts);
    free(q->table);
    free(q->heap);
    free(q->jobs);
}

size_t yoke__fetch_queue_take(yoke__fetch_queue *q) {
    while (q->paused && yoke_deadline_passed(due(q, 1))) enqueue(q, pop(q));
    size_t place = q->first;
    if (place == YOKE__NONE) return YOKE__NONE;
    yoke__fetch_host *host = &q->hosts[place];
    q->first = host->next;
    if (q->first == YOKE__NONE) q->last = YOKE__NONE;
    host->in_line = false;
    size_t job = host->first;
    host->first = q->jobs[job].next;
    if (host->first == YOKE__NONE) host->last = YOKE__NONE;
    host->running++;
    line_up(q, place);
    return job;
}

void yoke__fetch_queue_end(yoke__fetch_queue *q, size_t job) {
    q->hosts[q->jobs[job].host].running--;
    line_up(q, q->jobs[job].host);
}

void yoke__fetch_queue_pause(yoke__fetch_queue *q, size_t job) {
    push(q, job);
    yoke__fetch_queue_end(q, job);
}

yoke_deadline yoke__fetch_queue_due(const yoke__fetch_queue *q) {
    return q->paused ? due(q, 1) : YOKE_FOREVER;
}
