/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads: what experiments run. Each family of kernels has some, and each pattern that works alone;
 * structures that threads share have `yoke bench sharding`.
 *
 * A load is prepared once for a size and a number of threads, run as often as is asked, and
 * checked: a load whose answer is wrong has no figures. A run is zeroed but for what its maker
 * sets, and belongs to one thread, which calls prepare, then renew and repeat as often as it likes,
 * check after any repeat, and finish; meanwhile what the maker set stays as it is. `yoke bench
 * LOAD` measures these; a program can hand its own to yoke/experiment.h.
 */
#ifndef YOKE_LOAD_H
#define YOKE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_load_run {
    size_t size;         /* items of the whole problem */
    uint64_t seed;       /* of its data: the same seed, the same data */
    double grain;        /* seconds of work in a task, of loads that have a grain; 0: theirs */
    const yoke_run *run; /* threads, reproducibility, scratch; never NULL */

    size_t items;   /* that a repeat handles, for rates: what shape allows (a square grid, all calls
                       of a recursion), mostly `size`; set by prepare */
    double seconds; /* what the items of the last repeat cost, where that is not the time that it
                       took (overheads; may be negative by noise): set by repeat. Else a NaN */
    void *state;    /* the load's own, from prepare to finish */
} yoke_load_run;

typedef struct yoke_load {
    const char *name;  /* "triad", "sort_u64" */
    const char *group; /* "stream", "sort", "task", "overhead" */
    const char *about; /* one line */
    const char *item;  /* what `size` counts: "element", "key", "task" */
    double bytes;      /* that an item moves from and to memory, as the loop is written (lines that
                          a store reads first are not counted); 0: no matter of bandwidth */
    double flops;      /* floating-point operations of an item; 0: none */
    double grain;      /* seconds of work in a task when none is asked for; 0: it has no grain */
    size_t size;       /* when none is asked for */
    size_t least;      /* size that makes sense; 0: 1 */
    int most_threads;  /* 0: any */
    bool levels;       /* adds up floating-point numbers, so that run->repro says how */
    /* Each returns 0 or a negative status with its detail. */
    int (*prepare)(yoke_load_run *run); /* makes the state, and touches its memory on the team */
    int (*renew)(yoke_load_run *run);   /* before each repeat: what it consumes is made again; not
                                           timed. NULL: it consumes nothing */
    int (*repeat)(yoke_load_run *run);  /* what is timed; may run any number of times */
    int (*check)(yoke_load_run *run);   /* YOKE_EDATA when the last answer is wrong; not timed */
    void (*finish)(yoke_load_run *run); /* legal after a failed prepare */
} yoke_load;

/* All loads of the library, by group and then name; static storage. Any thread. */
YOKE_API const yoke_load *const *yoke_loads(size_t *count);

/* The load of that name, or NULL. Any thread. */
YOKE_API const yoke_load *yoke_load_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
