/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at a large array: many random walks of the same length, where they end, and a sketch
 * of it that could be merged with those of other machines. All is the same at any number of
 * threads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "yoke/yoke.h"

enum { WALKS = 200000, STEPS = 64, BINS = 9 };

/* A walk's steps are the bits of one random number. */
static inline bool is_far(int64_t end, const void *ctx) {
    (void)ctx;
    return end >= 24 || end <= -24;
}
YOKE_DEFINE_PREDICATE(far, int64_t, is_far)

static int survey(uint64_t *bits, int64_t *ends, int64_t *far_ends) {
    YOKE_TRY(yoke_random_fill_u64((yoke_random){.seed = 1905}, 0, bits, WALKS, NULL));
    for (size_t i = 0; i < WALKS; i++) ends[i] = 2 * __builtin_popcountll(bits[i]) - STEPS;

    uint64_t counts[BINS];
    YOKE_TRY(yoke_bins_even(ends, WALKS, -27, 27, BINS, counts, NULL, NULL));
    for (int i = 0; i < BINS; i++) printf("%4d: %7" PRIu64 "\n", 6 * i - 27, counts[i]);

    size_t many;
    YOKE_TRY(far_select(ends, WALKS, NULL, far_ends, &many, NULL));
    printf("%zu end far away\n", many);

    double fractions[] = {0.25, 0.5, 0.75};
    int64_t quartiles[3];
    YOKE_TRY(yoke_quantiles_exact(ends, WALKS, fractions, 3, quartiles, NULL));
    printf("quartiles %" PRId64 " %" PRId64 " %" PRId64 "\n", quartiles[0], quartiles[1],
           quartiles[2]);

    yoke_distinct *seen = NULL;
    YOKE_TRY(yoke_distinct_create(NULL, &seen));
    int status = yoke_distinct_add_array(seen, bits, WALKS, NULL);
    if (status == YOKE_OK) printf("about %.0f different walks\n", yoke_distinct_count(seen));
    yoke_distinct_destroy(seen);
    return status;
}

int main(void) {
    uint64_t *bits = malloc(WALKS * sizeof *bits);
    int64_t *ends = malloc(WALKS * sizeof *ends), *far_ends = malloc(WALKS * sizeof *far_ends);
    int status = YOKE_ENOMEM;
    if (bits && ends && far_ends) status = survey(bits, ends, far_ends);
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    free(bits), free(ends), free(far_ends);
    return status < 0;
}
