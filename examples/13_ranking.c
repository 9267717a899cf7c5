/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranking a million players: the best five and their numbers, the median score, and which of the
 * best thousand of two seasons are the same. Results do not depend on the number of threads.
 */
#include <stdio.h>
#include <stdlib.h>

#include "yoke/yoke.h"

enum { PLAYERS = 1000000, BEST = 1000 };

static void play(uint32_t *scores, uint32_t season) {
    for (uint32_t i = 0; i < PLAYERS; i++) scores[i] = (i * 2654435761u + season) % 1000003;
}

/* The numbers of the best players; equal scores go to who comes first. */
static int rank_players(const uint32_t *scores, uint32_t *numbers, const yoke_run *run) {
    return yoke_argsort32(scores, PLAYERS, YOKE_DESCENDING, numbers, run);
}

static int median_of(uint32_t *scores, uint32_t *median, const yoke_run *run) {
    YOKE_TRY(yoke_nth(scores, PLAYERS, PLAYERS / 2, YOKE_ASCENDING, run));
    *median = scores[PLAYERS / 2];
    return YOKE_OK;
}

/* How many are among the best of both seasons. */
static int stayers(uint32_t *first, uint32_t *second, size_t *count, const yoke_run *run) {
    static uint32_t both[BEST];
    YOKE_TRY(yoke_sort(first, BEST, YOKE_ASCENDING, run));
    YOKE_TRY(yoke_sort(second, BEST, YOKE_ASCENDING, run));
    return yoke_set_intersection(first, BEST, second, BEST, YOKE_ASCENDING, both, count, run);
}

static int report(uint32_t *scores, uint32_t *first, uint32_t *second, const yoke_run *run) {
    uint32_t median;
    size_t count;
    play(scores, 7);
    YOKE_TRY(rank_players(scores, second, run));
    play(scores, 0);
    YOKE_TRY(rank_players(scores, first, run));
    for (int i = 0; i < 5; i++)
        printf("%d. player %u with %u\n", i + 1, first[i], scores[first[i]]);
    YOKE_TRY(median_of(scores, &median, run));
    YOKE_TRY(stayers(first, second, &count, run));
    printf("median %u, %zu stayed among the best %d\n", median, count, BEST);
    return YOKE_OK;
}

int main(void) {
    yoke_scratch scratch = {0}; /* kept from call to call */
    yoke_run run = {.scratch = &scratch};
    uint32_t *scores = malloc(PLAYERS * sizeof *scores), *first = malloc(PLAYERS * sizeof *first);
    uint32_t *second = malloc(PLAYERS * sizeof *second);
    int status = scores && first && second ? report(scores, first, second, &run)
                                           : yoke_fail(YOKE_ENOMEM, "no memory for the players");
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    yoke_scratch_fini(&scratch);
    free(scores), free(first), free(second);
    return status < 0;
}
