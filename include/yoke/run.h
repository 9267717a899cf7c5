/* SPDX-License-Identifier: Apache-2.0
 *
 * How a kernel runs: threads, bits, when to stop, memory. Every parallel kernel takes a
 * `const yoke_run *`; NULL, and all fields zero, mean the defaults.
 *
 *     yoke_scratch scratch = {0};
 *     yoke_run run = {.threads = 4, .repro = YOKE_REPRO_EXACT, .scratch = &scratch};
 *     YOKE_TRY(yoke_sort_u64(keys, n, YOKE_ASCENDING, &run));
 *     yoke_scratch_fini(&scratch);
 *
 * Called from serial code a kernel opens one parallel region; inside one it adds tasks to its team
 * (yoke/team.h). It returns when all is done, and leaves no thread behind. Every kernel can return
 * YOKE_EINVAL for a run that is not valid, YOKE_ECANCELED and YOKE_ETIMEDOUT: it has then ended
 * early, results that are written through pointers are not written, and what lies in arrays that it
 * writes to is unspecified (a sort leaves a permutation of the input where its header says so).
 */
#ifndef YOKE_RUN_H
#define YOKE_RUN_H

#include <stddef.h>

#include "yoke/cancel.h"
#include "yoke/deadline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the bits of a result may depend on, where floating-point numbers are combined. Where the
 * order of the operations is part of what is computed (yoke/vector.h), all levels give the same. */
typedef enum yoke_repro {
    YOKE_REPRO_ANY_THREADS, /* not on the number of threads or the schedule */
    YOKE_REPRO_FAST,        /* on anything */
    YOKE_REPRO_EXACT,       /* on the set of numbers only: rounded once, from the exact value */
} yoke_repro;

/* Memory that kernels work in, kept from one call to the next: fresh pages are dear. Zeroed at the
 * start; one call at a time may use it. It grows to what the largest call needs. */
typedef struct yoke_scratch {
    void *block;
    size_t size; /* bytes */
} yoke_scratch;

/* Frees the memory; the scratch may be used again. */
YOKE_API void yoke_scratch_fini(yoke_scratch *scratch);

typedef struct yoke_run {
    int threads; /* members of the team; 0: yoke_team_default_size() */
    yoke_repro repro;
    yoke_deadline deadline;    /* 0 and YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* NULL: none */
    yoke_scratch *scratch;     /* NULL: the call takes memory and frees it */
} yoke_run;

#ifdef __cplusplus
}
#endif
#endif
