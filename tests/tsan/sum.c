/* SPDX-License-Identifier: Apache-2.0
 *
 * Probe of the checker itself: the same sum over tasks and a loop, once synchronised and, when
 * built with -DRACY, once not. scripts/check-tsan demands silence for the first and a report for
 * the second.
 */
#include <stdio.h>

enum { COUNT = 1000 };

static long sum;

static void add(long value) {
#ifndef RACY
#pragma omp atomic
#endif
    sum += value;
}

int main(void) {
    long produced = 0;
#pragma omp parallel num_threads(4) default(none) shared(produced)
    {
#pragma omp for
        for (int i = 0; i < COUNT; i++) add(i);
#pragma omp single
        {
#pragma omp task default(none) shared(produced) depend(out : produced)
            produced = COUNT;
#pragma omp task default(none) shared(produced) depend(in : produced)
            add(produced);
        }
    }
    printf("%ld\n", sum);
    return 0;
}
