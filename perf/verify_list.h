/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of all algorithms that promise bits: what yoke_verify_self tries, `yoke verify-repro
 * --self` prints, and docs/reproducibility.md shows. A public function that takes a `yoke_run`, and
 * a public header that promises bits, has a row here; a golden test looks for it. To add one:
 *
 *     static int sum(verify_case *c) {
 *         double *x, sum;
 *         YOKE_TRY(yoke__verify_reals(c, &x, c->n));
 *         YOKE_TRY(yoke_sum(x, c->n, &sum, c->run));
 *         return yoke__verify_add(c, &sum, sizeof sum);
 *     }
 *     {.algorithm = "sum", .input = "doubles", .level = "any threads", .headers = "reduce",
 *      .n = 100000, .compute = sum},
 *
 * in a file perf/verify_list_NAME.c, and then `make digests`. A row is computed for 1, 999 and n
 * items, and its digest is that of all three.
 */
#ifndef YOKE_PERF_VERIFY_LIST_H
#define YOKE_PERF_VERIFY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

enum { YOKE__VERIFY_ROOMS = 24 };

/* One computation. */
typedef struct verify_case {
    const yoke_run *run; /* its threads are not 0 */
    size_t n;
    uint64_t random; /* state of the numbers, the same at the beginning of each computation */
    uint64_t digest;
    void *rooms[YOKE__VERIFY_ROOMS];
    int room_count;
} verify_case;

typedef struct verify_entry {
    const char *algorithm, *input, *level, *headers; /* as in yoke_verify_row */
    size_t n;
    bool local; /* bits depend on another library, so the digest is not the same on all machines */
    int (*compute)(verify_case *c);
} verify_entry;

/* Tables, each up to an entry without an algorithm. */
extern const verify_entry yoke__verify_list_reduce[], yoke__verify_list_scan[],
    yoke__verify_list_sort[], yoke__verify_list_select[], yoke__verify_list_move[],
    yoke__verify_list_bins[], yoke__verify_list_summary[], yoke__verify_list_numeric[],
    yoke__verify_list_rows[], yoke__verify_list_flow[], yoke__verify_list_pool[],
    yoke__verify_list_shared[];

/* Memory for the computation, zeroed; *pointer is any pointer. YOKE_ENOMEM. */
int yoke__verify_room(verify_case *c, void *pointer, size_t size);
/* The same with random numbers: from -1 to 1, of sizes from 2^-20 to 2^20, whole numbers below a
 * limit as doubles, 64 bits. */
int yoke__verify_reals(verify_case *c, double **x, size_t n);
int yoke__verify_sizes(verify_case *c, double **x, size_t n);
int yoke__verify_wholes(verify_case *c, double **x, size_t n, uint64_t limit);
int yoke__verify_words(verify_case *c, uint64_t **x, size_t n);

uint64_t yoke__verify_random(verify_case *c);
double yoke__verify_real(verify_case *c);

/* Adds bytes of a result; what lies between fields must not get in. YOKE_OK. */
int yoke__verify_add(verify_case *c, const void *bytes, size_t size);

/* The run with YOKE_REPRO_EXACT. */
yoke_run yoke__verify_exactly(const verify_case *c);

#endif
