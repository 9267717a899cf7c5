/* SPDX-License-Identifier: Apache-2.0
 *
 * A cache in front of something slow, used by an OpenMP team. The threads ask for few keys many
 * times; each key is loaded once, also when all threads ask for it at the same moment: one loads
 * and the others wait. Values are handles, so nothing is copied and nothing goes away while in use.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "yoke/yoke.h"

enum { KEYS = 100, REQUESTS = 100000 };

/* Something slow: the number of steps of the Collatz sequence of all numbers up to a bound. */
static int count_steps(const void *key, size_t size, yoke_cache_item *item, void *ctx) {
    int bound = 100 * (1 + *(const int *)key);
    long *steps = malloc(sizeof *steps);
    (void)size;
    if (!steps) return yoke_fail(YOKE_ENOMEM, "no memory for a number");
    *steps = 0;
    for (long n = 1; n <= bound; n++) {
        for (long at = n; at != 1; at = at % 2 ? 3 * at + 1 : at / 2) ++*steps;
    }
    atomic_fetch_add((atomic_int *)ctx, 1);
    *item = (yoke_cache_item){.data = steps, .size = sizeof *steps}; /* the cache frees it */
    return YOKE_OK;
}

static int run(yoke_cache *cache, atomic_int *loads, long *sum) {
    int failure = YOKE_OK;
    long all = 0;
#pragma omp parallel for default(none) shared(cache, loads) reduction(+ : all)                     \
    reduction(min : failure)
    for (int i = 0; i < REQUESTS; i++) {
        int key = (int)((unsigned)i * 2654435761u % KEYS);
        yoke_cache_value value;
        int status = yoke_cache_get_or_load(cache, &key, sizeof key, count_steps, loads,
                                            YOKE_FOREVER, &value);
        if (status < 0) {
            failure = status;
        } else {
            all += *(const long *)value.data;
            yoke_cache_release(&value);
        }
    }
    *sum = all;
    return failure;
}

int main(void) {
    yoke_cache *cache = NULL;
    yoke_cache_options options = {.max_entries = 1000, .ttl = 3600};
    yoke_cache_stats stats;
    atomic_int loads = 0;
    long sum = 0;

    int status = yoke_cache_create(&options, &cache);
    if (status >= 0) status = run(cache, &loads, &sum);
    if (status >= 0) status = yoke_cache_total_stats(cache, &stats);
    if (status >= 0) {
        printf("sum %ld, %d loads for %zu keys\n", sum, loads, stats.entries);
        printf("every request was a hit or a miss: %s\n",
               stats.hits + stats.misses == REQUESTS ? "yes" : "no");
    } else {
        fprintf(stderr, "%s\n", yoke_error_detail());
    }
    yoke_cache_destroy(cache);
    return status < 0;
}
