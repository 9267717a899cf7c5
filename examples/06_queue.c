/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers and consumers in an OpenMP team, with a queue between them. Which number below a limit
 * takes the most steps to 1, if even ones are halved and odd ones become 3n + 1? Half of the team
 * cuts the numbers into ranges, all others search ranges. Who finds the queue full searches one
 * range itself, so it ends with any number of threads, also with one.
 */
#include <omp.h>
#include <stdio.h>

#include "yoke/yoke.h"

enum { LIMIT = 100000, RANGE = 250 };

typedef struct range {
    unsigned long from, to;
} range;
YOKE_DEFINE_QUEUE_MPMC(ranges, range)

typedef struct answer {
    unsigned long number, steps;
} answer;

static void search(range r, answer *best) {
    for (unsigned long i = r.from; i < r.to; i++) {
        unsigned long steps = 0;
        for (unsigned long n = i; n != 1; n = n % 2 ? 3 * n + 1 : n / 2) steps++;
        if (steps > best->steps || (steps == best->steps && i < best->number))
            *best = (answer){i, steps};
    }
}

/* Every `producers`-th range, beginning with number `me`. */
static void produce(ranges *queue, unsigned long me, unsigned long producers, answer *best) {
    for (unsigned long from = 1 + me * RANGE; from < LIMIT; from += producers * RANGE) {
        range mine = {from, from + RANGE < LIMIT ? from + RANGE : LIMIT}, other;
        while (ranges_try_push(queue, mine) == 0)
            if (ranges_try_pop(queue, &other) == 1) search(other, best);
    }
}

int main(void) {
    ranges *queue = NULL;
    answer best = {0, 0};
    int producing = -1;
    if (ranges_create(16, &queue) < 0) {
        fprintf(stderr, "%s\n", yoke_error_detail());
        return 1;
    }
#pragma omp parallel default(none) shared(queue, best, producing)
    {
        int me = omp_get_thread_num(), producers = (omp_get_num_threads() + 1) / 2, left;
        answer mine = {0, 0};
        range next;
#pragma omp single
        producing = producers;

        if (me < producers) {
            produce(queue, (unsigned long)me, (unsigned long)producers, &mine);
#pragma omp atomic capture
            left = --producing;
            if (left == 0) yoke_queue_mpmc_close(&queue->core);
        }
        while (ranges_pop(queue, &next, YOKE_FOREVER) == 1) search(next, &mine);

#pragma omp critical
        if (mine.steps > best.steps || (mine.steps == best.steps && mine.number < best.number))
            best = mine;
    }
    ranges_destroy(queue);
    printf("%lu takes %lu steps\n", best.number, best.steps);
    return 0;
}
