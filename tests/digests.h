/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of docs/reproducibility.md. A row is a computation that promises the same bits at any
 * number of threads:
 *
 *     DIGEST(sum_f64, "sum", "10^6 doubles") {
 *         static double x[N];
 *         ...fill x from digest_random()...
 *         YOKE_TRY(yoke_sum(x, N, &result, run));
 *         digest_add(into, &result, sizeof result);
 *         return YOKE_OK;
 *     }
 *
 * in any file tests/digests_NAME.c. It runs with 1 to 8 threads and every set of instructions, and
 * has to give one digest. `make digests` writes the table into the document, and a golden test
 * fails when it is not the one that stands there, so add the row, run `make digests`, and commit
 * both.
 */
#ifndef YOKE_TESTS_DIGESTS_H
#define YOKE_TESTS_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

typedef struct digest {
    uint64_t state;
} digest;

/* Bytes of a result, in order. Padding between fields must not get in. */
void digest_add(digest *into, const void *bytes, size_t size);
/* Numbers that are the same in each run (splitmix64); every run of a row starts anew. */
uint64_t digest_random(void);
/* From -1 to 1. */
double digest_random_real(void);

typedef struct digest_row {
    const char *name, *algorithm, *input;
    int (*compute)(const yoke_run *run, digest *into);
    struct digest_row *next;
} digest_row;

void digest_register(digest_row *row);

#define DIGEST(name, algorithm, input)                                                             \
    static int name(const yoke_run *run, digest *into);                                            \
    __attribute__((constructor)) static void register_##name(void) {                               \
        static digest_row row = {#name, algorithm, input, name, NULL};                             \
        digest_register(&row);                                                                     \
    }                                                                                              \
    static int name(const yoke_run *run, digest *into)

#endif
