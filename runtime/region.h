/* SPDX-License-Identifier: Apache-2.0
 *
 * Recording regions: each thread has a recorder of its own, with a stack of open frames and a tree
 * of regions, and nobody else touches it while a measurement runs.
 *
 * Who stops a measurement reads all recorders, though their threads run on. A thread says that it
 * is busy with its recorder by a plain store, and then looks whether its measurement is still on;
 * who stops sets it off, runs a barrier on all threads (yoke__barrier_all), and waits until none is
 * busy. So an event costs no atomic read-modify-write. The mark and the pointer to the recorder are
 * in the thread's record, which is never freed; a recorder that is gone is known by the number of
 * its measurement, which no other has.
 *
 * A region of the tree is a place: a name inside the regions around it. Its figures lie in cells,
 * one for each core on which its calls ended. Events (tasks, blocks) are noted at the region whose
 * call is open and added to its cell, and to the region around, when the call ends.
 */
#ifndef YOKE_RUNTIME_REGION_H
#define YOKE_RUNTIME_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/ticks.h"
#include "yoke/region.h"

/* ---- reporting: for patterns of the library ---- */

/* What is counted, not timed. */
typedef enum yoke__event {
    YOKE__EVENT_TASKS,
    YOKE__EVENT_STEALS,
    YOKE__EVENT_BLOCKS,
    YOKE__EVENT_SLEEPS,
    YOKE__EVENT_FLOPS,
    YOKE__EVENT_BYTES,
    YOKE__EVENTS,
} yoke__event;

void yoke__region_note_(yoke__event event, double count);
static inline void yoke__region_note(yoke__event event, double count) {
    if (YOKE_REGIONS_ON_) yoke__region_note_(event, count);
}

/* A region that was begun, and the measurement that knows it; 0: none, and it needs no end. */
typedef struct yoke__open_region {
    const char *name;
    unsigned measurement;
} yoke__open_region;

/* A region that ends with the block in which it begins. When measurements begin or end meanwhile,
 * its end is nothing to any but its own.
 *     YOKE__REGION(__func__, YOKE_ACTIVITY_WORK); */
yoke__open_region yoke__region_open_(const char *name, yoke_activity activity);
static inline yoke__open_region yoke__region_open(const char *name, yoke_activity activity) {
    return YOKE_REGIONS_ON_ ? yoke__region_open_(name, activity) : (yoke__open_region){0};
}
void yoke__region_close_(const yoke__open_region *region);
static inline void yoke__region_close(const yoke__open_region *region) {
    if (region->measurement) yoke__region_close_(region);
}
#define YOKE__REGION(name, activity)                                                               \
    yoke__open_region yoke_region_ __attribute__((cleanup(yoke__region_close), unused)) =          \
        yoke__region_open(name, activity)

/* The same for a wait; nothing when the thread is in a wait already, whose name says more. */
yoke__open_region yoke__region_open_wait_(const char *name);
static inline yoke__open_region yoke__region_open_wait(const char *name) {
    return YOKE_REGIONS_ON_ ? yoke__region_open_wait_(name) : (yoke__open_region){0};
}
#define YOKE__WAIT_REGION(name)                                                                    \
    yoke__open_region yoke_region_ __attribute__((cleanup(yoke__region_close), unused)) =          \
        yoke__region_open_wait(name)

/* A copy of a name that is no literal, for ever; "" for NULL, and when there are too many. */
const char *yoke__region_name(const char *name);

/* Where a thread is in the tree, so that others who work for it continue there. */
enum { YOKE__PATH_DEPTH = 24 };
typedef struct yoke__path {
    unsigned measurement; /* 0: nowhere */
    int depth;
    struct yoke__step {
        const char *name;
        yoke_activity activity;
    } at[YOKE__PATH_DEPTH];
} yoke__path;

/* The caller's place; what lies deeper than fits is cut. */
void yoke__path_take_(yoke__path *path);
static inline void yoke__path_take(yoke__path *path) {
    path->measurement = 0;
    if (YOKE_REGIONS_ON_) yoke__path_take_(path);
}

/* Begins a region at a place that another thread took: when the caller is in no region, and in the
 * same measurement, inside the regions of that place; else where the caller is. */
yoke__open_region yoke__path_enter_(const yoke__path *path, const char *name,
                                    yoke_activity activity);
static inline yoke__open_region yoke__path_enter(const yoke__path *path, const char *name,
                                                 yoke_activity activity) {
    return YOKE_REGIONS_ON_ ? yoke__path_enter_(path, name, activity) : (yoke__open_region){0};
}

/* ---- recorders ---- */

typedef struct yoke__cell {
    int cpu;
    uint64_t calls, read;
    uint64_t wall, self; /* ticks */
    double events[YOKE__EVENTS];
    struct yoke__cell *next;
    double values[]; /* of the sampler */
} yoke__cell;

typedef struct yoke__region {
    const char *name;
    yoke_activity activity;
    int id; /* for who reads */
    bool noted;
    struct yoke__region *parent, *first, *last_used, *next;
    yoke__cell *cells;           /* the one used last first */
    double events[YOKE__EVENTS]; /* of the open call, with those inside that have ended */
} yoke__region;

typedef struct yoke__frame {
    yoke__region *region; /* what lies above is inside it */
    const char *name;     /* NULL: a place that was adopted, without a call */
    yoke_activity activity;
    bool folded; /* it has no region of its own: a part of the frame below */
    bool told;   /* to the sampler */
    bool sampled;
    uint64_t begin, inner; /* ticks */
} yoke__frame;

enum { YOKE__FRAMES = 128, YOKE__PLACES_MOST = 4096 };

typedef struct yoke__region_span {
    const yoke__region *region;
    int cpu;
    uint64_t begin, end;
} yoke__region_span;

/* The longest calls: when the room is used up at least a quarter of it goes, the shortest, and from
 * then on only what is longer than those comes in. */
typedef struct yoke__spans {
    yoke__region_span *at;
    size_t count, size, room;
    uint64_t least; /* ticks of a call that is kept */
    uint64_t lost;
} yoke__spans;

typedef struct yoke__recorder {
    struct yoke__recorder *next; /* in the order of their making */
    int number;
    pid_t tid;
    bool ended, told;    /* told: the sampler wants to know of its calls */
    uint64_t begin, end; /* of the thread, ticks */
    int cpu;             /* seen last */
    int depth;           /* index of the top frame */
    unsigned deeper;     /* begun above the last frame */
    size_t regions;      /* in the tree */
    yoke__region root;
    yoke__frame *frames;
    double *samples; /* of each frame, columns apart */
    yoke__spans spans;
    /* Sampling. */
    void *state;    /* the sampler's */
    uint64_t price; /* of a sample, ticks: the average of the last */
    uint64_t spent;
    /* Faults: of the program, and of ours. */
    uint64_t unmatched, crossed, folded;
    const char *expected, *found; /* of the first that crossed */
} yoke__recorder;

/* Figures of the calling thread that only grow, read at both ends of a call. */
typedef struct yoke__sampler {
    int columns; /* 64 at most */
    /* In the thread itself; NULL: no memory, and it is not sampled. */
    void *(*open)(struct yoke__sampler *sampler);
    /* `own`: by the thread itself. False: nothing was read. */
    bool (*read)(void *state, pid_t tid, bool own, double *values);
    /* The change of a call may need more than a difference; NULL: it does not. */
    void (*settle)(const struct yoke__sampler *sampler, double *change);
    void (*close)(void *state);
    /* Regions are told to others as well (likwid's markers), of those inside each other whose names
     * are alike there the outermost; all three are NULL where they are not. */
    void (*enter)(const char *name);
    void (*leave)(const char *name);
    bool (*alike)(const char *one, const char *other);
} yoke__sampler;

typedef struct yoke__session {
    yoke__sampler *sampler; /* NULL: none */
    size_t spans;           /* room of each thread */
    unsigned number;
    void *data; /* of who started it */
    yoke__recorder *first;
    int threads;
    uint64_t unseen; /* threads without a recorder */
    yoke__moment begin, end;
} yoke__session;

/* Begins; the calling thread is number 0. YOKE_EINVAL when one runs; YOKE_ENOMEM. */
int yoke__session_start(yoke__sampler *sampler, size_t spans, void *data);
/* Ends, and hands out all recorders, with no frame open. YOKE_EINVAL when none runs, YOKE_ENOMEM
 * when it could not be stopped, and runs on. */
int yoke__session_stop(yoke__session *session);
/* Frees the recorders. */
void yoke__session_free(yoke__session *session);

/* The number of the measurement, and what it records. */
extern const yoke__sampler *yoke__session_sampler;

/* A recorder for the calling thread, which is not busy, if that measurement still runs. */
struct yoke__thread;
void yoke__recorder_attach(struct yoke__thread *self, unsigned measurement);
/* Opens the first frame, of the whole run. */
void yoke__recorder_open(yoke__recorder *recorder);
/* The calling thread ends. */
void yoke__recorder_thread_ends(struct yoke__thread *self);

/* Ends the top frame. `cpu`: where; `own`: by the thread itself. */
void yoke__recorder_pop(yoke__recorder *recorder, uint64_t now, int cpu, bool own);
/* The region of that name inside another; NULL: no memory, or too many. */
yoke__region *yoke__region_find(yoke__recorder *recorder, yoke__region *parent, const char *name,
                                yoke_activity activity);

void yoke__spans_add(yoke__spans *spans, const yoke__region *region, int cpu, uint64_t begin,
                     uint64_t end);

/* For fork(): no measurement starts, stops or gets a thread meanwhile; the child is not measured.
 */
void yoke__session_lock(void);
void yoke__session_unlock(void);
void yoke__session_forget(void);

#endif
