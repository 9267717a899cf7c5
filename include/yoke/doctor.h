/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor: what hinders a program, or a node, from using its cores.
 *
 * A watch looks at a process and its descendants from outside, some hundred times a second: what
 * the kernel tells of each thread (runs, or sleeps in which futex; CPU time; time in the run
 * queue), the memory behind a futex (whose mutex is it), and, where perf_event_open(2) is allowed,
 * where the threads run and which addresses their instructions use. The process is neither stopped
 * nor traced, and no special rights are needed: what ptrace(2) would allow is enough (one's own
 * processes; with yama's ptrace_scope 1 only descendants). What may not be read is noted and not
 * judged. A watch adapts its rate to its cost: it takes some percent of one core, and more from
 * about 500 threads on.
 *
 * Findings are made so that a healthy program on a busy machine is not accused: what is counted are
 * the threads that the process itself wants to run, not how long they wait for the processors that
 * others have. Where the machine gave too little to tell, a note says so.
 *
 * Linux. Addresses of instructions' operands: x86-64 only. Owners of mutexes: glibc, 64 bits.
 */
#ifndef YOKE_DOCTOR_H
#define YOKE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_finding_kind {
    YOKE_FINDING_THREADS,       /* more threads want to run than there are CPUs */
    YOKE_FINDING_THROTTLED,     /* a CPU quota stops the program again and again */
    YOKE_FINDING_TWO_RUNTIMES,  /* two OpenMP runtimes in one process */
    YOKE_FINDING_NESTED_TEAMS,  /* teams of two libraries at the same time, as BLAS in a region */
    YOKE_FINDING_LOCK,          /* threads sleep for one lock */
    YOKE_FINDING_DEADLOCK,      /* a cycle of waits, or nobody is left who could wake anybody */
    YOKE_FINDING_IMBALANCE,     /* one thread works while its team waits for it */
    YOKE_FINDING_FALSE_SHARING, /* threads write different words of one cache line */
    YOKE_FINDING_SHARED_WORD,   /* threads write one word all the time */
    YOKE_FINDING_RACE,          /* a data race, as ThreadSanitizer reports it */
    YOKE_FINDING_NODE,          /* a setting of this node or of the environment */
} yoke_finding_kind;
enum { YOKE_FINDING_KINDS = YOKE_FINDING_NODE + 1 };

/* The name of a kind: "too many threads". Static storage. */
YOKE_API const char *yoke_finding_name(yoke_finding_kind kind);

typedef struct yoke_finding {
    yoke_finding_kind kind;
    long pid;            /* 0 for the node */
    char program[64];    /* its name; "" for the node */
    char evidence[1024]; /* one line: what was seen */
    const char *advice;  /* one line: what mends it; static storage */
} yoke_finding;

/* ---- a program ---- */

typedef struct yoke_watch yoke_watch;

typedef struct yoke_watch_options {
    double interval;   /* seconds between samples at least; 0: 0.01 */
    bool no_addresses; /* does not sample where the threads run (perf_event_open) */
} yoke_watch_options;

typedef struct yoke_diagnosis {
    yoke_finding *findings; /* by kind, then by process */
    size_t finding_count;
    char **notes; /* what could not be told, and why; one line each */
    size_t note_count;
    double seconds;   /* watched */
    double cpus;      /* CPU time of the watched processes over that */
    double cpu_limit; /* of the first process */
    int processes;    /* seen */
    int threads;      /* seen at the same time, at most */
    size_t samples;
} yoke_diagnosis;

/* Begins to watch a living process, and the processes that it starts. The watch is the caller's,
 * for yoke_watch_destroy. YOKE_EINVAL; YOKE_ENOENT when there is no such process; YOKE_ENOMEM.
 * `options` may be NULL. A watch is used by one thread at a time. */
YOKE_API int yoke_watch_create(long pid, const yoke_watch_options *options, yoke_watch **watch);

/* Looks once, and returns the seconds to let pass before the next look in `pause`. YOKE_OK;
 * YOKE_ECLOSED when the process has ended (also as a zombie), with a pause as well, since others
 * that it started may live; YOKE_ENOMEM. Takes tens of microseconds for each thread. */
YOKE_API int yoke_watch_sample(yoke_watch *watch, double *pause);

/* Whether all threads of the process wait for one another, and have for a second: it will never
 * go on. */
YOKE_API bool yoke_watch_stuck(const yoke_watch *watch);

/* Judges what was seen so far; the watch can go on. What is judged is the whole time, so a phase
 * that is short against it does not show. *diagnosis is the caller's, for yoke_diagnosis_destroy,
 * and may outlive the watch. YOKE_ENOMEM. */
YOKE_API int yoke_watch_judge(yoke_watch *watch, yoke_diagnosis **diagnosis);

/* NULL is legal. */
YOKE_API void yoke_diagnosis_destroy(yoke_diagnosis *diagnosis);
YOKE_API void yoke_watch_destroy(yoke_watch *watch);

/* ---- this node ---- */

typedef struct yoke_fact {
    const char *group; /* "CPU limit", "memory"; facts of a group stand together */
    char name[64];
    char value[256];
    char source[192]; /* the file, variable or call it was read from */
} yoke_fact;

typedef struct yoke_node {
    yoke_fact *facts;
    size_t fact_count;
    yoke_finding *findings; /* of kind YOKE_FINDING_NODE */
    size_t finding_count;
} yoke_node;

/* Reads this node and this process's environment.
 *
 *   root     as for yoke_cpu_limit_read: a directory with its own proc/ and sys/; NULL: this
 *            machine
 *   seconds  for how long each permitted processor is measured for its noise, and then what a cache
 *            line costs that two of them write; 0: nothing is measured; at most a day
 *   *node    the caller's, for yoke_node_destroy
 *
 * What cannot be read is a fact with the value "not known". YOKE_EINVAL for other seconds;
 * YOKE_ENOMEM. Any thread; blocks for as long as that takes. With seconds it moves the calling
 * thread from processor to processor meanwhile, and back; a second thread lives during the call. */
YOKE_API int yoke_node_read(const char *root, double seconds, yoke_node **node);

/* NULL is legal. */
YOKE_API void yoke_node_destroy(yoke_node *node);

#ifdef __cplusplus
}
#endif
#endif
