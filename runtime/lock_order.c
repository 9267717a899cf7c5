/* SPDX-License-Identifier: Apache-2.0
 *
 * Inversions of the lock order: ranks that do not rise, and a graph of the orders seen in waits.
 *
 * A node is a lock by name, or by address where names do not tell the two apart (no name, or the
 * same). An edge from A to B says that some thread held A while it had to sleep for B. A new edge
 * that closes a cycle is an inversion; it is found by a breadth-first search from its end back to
 * its beginning (the idea of lockdep in the Linux kernel, here on the slow path only). Tables of a
 * fixed size need no memory when a lock is just contended; what does not fit is not compared.
 *
 * One mutex of its own guards all this, a leaf: nothing is locked and nobody is called under it.
 */
#include "runtime/lock_order.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/text.h"
#include "yoke/lock.h"

enum { NODES = 512, EDGES = 2048, BUCKETS = 256, PAIRS = 1024, NAME = 48 };

/* Numbers of nodes and edges begin with 1; 0: none. */
typedef struct node {
    const void *address; /* NULL: known by name */
    char name[NAME];
    int next; /* in its bucket, or among the free */
    int edges;
    unsigned round; /* of the search that reached it */
    int via;        /* by this edge */
} node;

typedef struct edge {
    int from, to;
    const char *held, *wanted; /* places */
    int next;                  /* of the same node, or among the free */
} edge;

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static node nodes[NODES + 1];
static edge edges[EDGES + 1];
static int buckets[BUCKETS];
static int node_count, edge_count, free_nodes, free_edges;
static unsigned round_now;
static atomic_int addresses; /* nodes known by address */

static uint64_t pairs[PAIRS]; /* of ranks that were reported; 0: free */
static int pair_count;

static yoke_lock_inversion_fn *told;
static void *told_ctx;
static uint64_t inversions;
static char last_report[1024];
static _Thread_local bool telling;

void yoke__order_lock(void) { pthread_mutex_lock(&order); }
void yoke__order_unlock(void) { pthread_mutex_unlock(&order); }

/* ---- nodes and edges ---- */

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; text && *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return hash * 0x9E3779B97F4A7C15u;
}

static int *bucket_of(const char *name, const void *address) {
    uint64_t hash = address ? (uintptr_t)address * 0x9E3779B97F4A7C15u : hash_text(1, name);
    return &buckets[hash >> 56];
}

static int new_number(int *free_list, int *count, int limit, int next_of_free) {
    if (*free_list) {
        int number = *free_list;
        *free_list = next_of_free;
        return number;
    }
    return *count < limit ? ++*count : 0;
}

/* The node of a lock, made where there is none; 0 when the table is full. */
static int node_of(const char *name, const void *address) {
    int *bucket = bucket_of(name, address);
    for (int n = *bucket; n; n = nodes[n].next) {
        if (nodes[n].address != address) continue;
        if (address || !strncmp(nodes[n].name, name, NAME - 1)) return n;
    }
    int n = new_number(&free_nodes, &node_count, NODES, nodes[free_nodes].next);
    if (!n) return 0;
    nodes[n] = (node){.address = address, .next = *bucket};
    if (name) strncpy(nodes[n].name, name, NAME - 1);
    if (address) atomic_fetch_add(&addresses, 1);
    return *bucket = n;
}

static bool has_edge(int from, int to) {
    for (int e = nodes[from].edges; e; e = edges[e].next) {
        if (edges[e].to == to) return true;
    }
    return false;
}

static int add_edge(int from, int to, const char *held, const char *wanted) {
    int e = new_number(&free_edges, &edge_count, EDGES, edges[free_edges].next);
    if (!e) return 0;
    edges[e] = (edge){from, to, held, wanted, nodes[from].edges};
    return nodes[from].edges = e;
}

static void remove_edges(int n) {
    for (int from = 1; from <= node_count; from++) {
        for (int *e = &nodes[from].edges; *e;) {
            edge *at = &edges[*e];
            if (at->from != n && at->to != n) {
                e = &at->next;
                continue;
            }
            int number = *e;
            *e = at->next;
            at->next = free_edges;
            free_edges = number;
        }
    }
}

static void remove_address(const void *address) {
    for (int *n = bucket_of(NULL, address); *n; n = &nodes[*n].next) {
        if (nodes[*n].address != address) continue;
        int number = *n;
        *n = nodes[number].next;
        remove_edges(number);
        nodes[number].next = free_nodes;
        free_nodes = number;
        atomic_fetch_sub(&addresses, 1);
        return;
    }
}

void yoke__order_forget(const void *lock) {
    if (atomic_load(&addresses) == 0) return;
    pthread_mutex_lock(&order);
    remove_address(lock);
    pthread_mutex_unlock(&order);
}

/* Whether a path leads from one node to another; the nodes on it note the edge that led to them. */
static bool leads_to(int from, int to) {
    static int queue[NODES];
    int first = 0, count = 0;
    nodes[from].round = ++round_now;
    queue[count++] = from;
    while (first < count) {
        for (int e = nodes[queue[first++]].edges; e; e = edges[e].next) {
            node *reached = &nodes[edges[e].to];
            if (reached->round == round_now) continue;
            reached->round = round_now;
            reached->via = e;
            if (edges[e].to == to) return true;
            queue[count++] = edges[e].to;
        }
    }
    return false;
}

/* ---- reports ---- */

static void begin_report(yoke__text *text, const yoke__thread *self, const char *verb,
                         const yoke__held *held, const void *lock, const char *name,
                         const char *site) {
    yoke__text_add(text, "lock order: thread %d %s ", self->index, verb);
    yoke__text_name(text, name, lock);
    yoke__text_add(text, " at %s while it holds ", site);
    yoke__text_name(text, held->name, held->object);
    yoke__text_add(text, " since %s", held->site);
}

static void tell(const char *report) {
    pthread_mutex_lock(&order);
    inversions++;
    snprintf(last_report, sizeof last_report, "%s", report);
    yoke_lock_inversion_fn *fn = told;
    void *ctx = told_ctx;
    pthread_mutex_unlock(&order);
    if (!fn || telling) return;
    telling = true;
    fn(report, ctx);
    telling = false;
}

/* The path from node `from` to `to` that leads_to() found, each pair as it was seen. */
static void describe_path(yoke__text *text, int from, int to) {
    const edge *e = &edges[nodes[to].via];
    if (e->from != from) describe_path(text, from, e->from);
    yoke__text_add(text, "; before, ");
    yoke__text_name(text, nodes[e->from].name[0] ? nodes[e->from].name : NULL,
                    nodes[e->from].address);
    yoke__text_add(text, " was held since %s while a thread waited for ", e->held);
    yoke__text_name(text, nodes[to].name[0] ? nodes[to].name : NULL, nodes[to].address);
    yoke__text_add(text, " at %s", e->wanted);
}

/* ---- order seen in waits ---- */

/* Under the mutex. Whether the pair is new and closes a cycle; text goes on with the cycle. */
static bool note_pair(yoke__text *text, const yoke__held *held, const void *lock, const char *name,
                      const char *site) {
    bool apart = held->name && name && strncmp(held->name, name, NAME - 1) != 0;
    int from = node_of(held->name, apart || (held->name && !name) ? NULL : held->object);
    int to = node_of(name, apart || (name && !held->name) ? NULL : lock);
    if (!from || !to || has_edge(from, to)) return false;
    bool inverts = leads_to(to, from);
    if (inverts) describe_path(text, to, from);
    return add_edge(from, to, held->site, site) && inverts;
}

void yoke__order_wait(yoke__thread *self, const void *lock, const void *part, const char *name,
                      int32_t rank, const char *site) {
    /* By number: who is told may take so many locks that the list moves. */
    for (ptrdiff_t i = self->holds.last - self->holds.entries; i > 0; i--) {
        const yoke__held *held = &self->holds.entries[i];
        if (held->object == lock || held->object == part || (held->rank && rank)) continue;
        char report[1024];
        yoke__text text = {report, sizeof report, 0};
        begin_report(&text, self, "waits for", held, lock, name, site);
        pthread_mutex_lock(&order);
        bool inverts = note_pair(&text, held, lock, name, site);
        pthread_mutex_unlock(&order);
        if (inverts) tell(report);
    }
}

/* ---- ranks ---- */

static uint64_t hash_pair(const yoke__held *held, const char *name, int32_t rank) {
    uint64_t hash = hash_text((uint32_t)held->rank, held->name);
    hash = hash_text(hash ^ (uint32_t)rank, name);
    return hash ? hash : 1;
}

/* Under the mutex. Whether the pair had not been seen. */
static bool add_pair(uint64_t pair) {
    size_t place = pair % PAIRS;
    for (; pairs[place]; place = (place + 1) % PAIRS) {
        if (pairs[place] == pair) return false;
    }
    if (pair_count == PAIRS / 2) return false;
    pair_count++;
    pairs[place] = pair;
    return true;
}

void yoke__order_report(yoke__thread *self, const void *lock, const char *name, int32_t rank,
                        const char *site) {
    const yoke__held *held = self->holds.last;
    while (held->rank != held->top) held--;
    pthread_mutex_lock(&order);
    bool fresh = add_pair(hash_pair(held, name, rank));
    pthread_mutex_unlock(&order);
    if (!fresh) return;
    char report[1024];
    yoke__text text = {report, sizeof report, 0};
    begin_report(&text, self, "takes", held, lock, name, site);
    yoke__text_add(&text, "; rank %d is not above rank %d", (int)rank, (int)held->rank);
    tell(report);
}

/* ---- who is told ---- */

void yoke_lock_on_inversion(yoke_lock_inversion_fn *fn, void *ctx) {
    pthread_mutex_lock(&order);
    told = fn;
    told_ctx = ctx;
    pthread_mutex_unlock(&order);
}

uint64_t yoke_lock_inversions(void) {
    pthread_mutex_lock(&order);
    uint64_t count = inversions;
    pthread_mutex_unlock(&order);
    return count;
}

size_t yoke_lock_last_inversion(char *text, size_t size) {
    yoke__text out = {text, size, 0};
    pthread_mutex_lock(&order);
    yoke__text_add(&out, "%s", last_report);
    pthread_mutex_unlock(&order);
    return out.length;
}
