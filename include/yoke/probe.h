/* SPDX-License-Identifier: Apache-2.0
 *
 * What yoke's objects count about themselves, read from outside.
 *
 * An object that counts (a pool: what each worker spawned, stole and slept) announces itself when
 * it is made. Reading asks each of them; nothing is collected meanwhile, so a probe that nobody
 * reads costs nothing but the counts.
 *
 * Kinds: "pool" (a part is a worker), "pipeline" (a stage), "limiter" (a budget), "resource pool",
 * "cache", "aio", "actors" (a set of them). Of the objects that its parent has made, only limiters
 * and resource pools say something in the child of a fork.
 */
#ifndef YOKE_PROBE_H
#define YOKE_PROBE_H

#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_figure {
    const char *kind;   /* of the object: "pool" */
    const char *object; /* its name; "" when it has none */
    const char *name;   /* of the figure: "stolen from" */
    int part;           /* of the object, from 0: the worker; -1: the whole */
    int peer;           /* another part that the figure is about: the victim; -1: none */
    uint64_t value;     /* since the object was made */
} yoke_figure;

/* Calls fn for each figure of each living object, in the order of their making. The texts hold for
 * the call of fn only, which must not make or destroy objects of yoke. Any thread; waits for other
 * readers and for objects that are just being made or destroyed. */
typedef void yoke_figure_fn(const yoke_figure *figure, void *ctx);
YOKE_API void yoke_probe_read(yoke_figure_fn *fn, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
