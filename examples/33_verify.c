/* SPDX-License-Identifier: Apache-2.0
 *
 * A sum that is the same with any number of threads, and one that is not. Try
 *
 *     yoke verify-repro -- build/examples/33_verify          it is reproducible
 *     yoke verify-repro -- build/examples/33_verify fast     the call that is not is named
 *     yoke verify-repro -- build/examples/33_verify own      a digest of one's own is
 *
 * What is printed is rounded, so that the outputs alone may well hide the difference.
 */
#include <stdio.h>
#include <string.h>

#include "yoke/yoke.h"

enum { N = 300000 };
static double x[N];

/* Each thread has a share, and they are added as they come. */
static double sum_by_hand(void) {
    double sum = 0;
#pragma omp parallel for reduction(+ : sum) default(none) shared(x)
    for (int i = 0; i < N; i++) sum += x[i];
    return sum;
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    yoke_run run = {.repro = strcmp(how, "fast") == 0 ? YOKE_REPRO_FAST : YOKE_REPRO_ANY_THREADS};
    double sum = 0;
    for (int i = 0; i < N; i++) x[i] = (i % 2 ? 1e3 : -1e3) / (i + 1);
    int status = yoke_sum(x, N, &sum, &run);
    if (status < 0) {
        fprintf(stderr, "%s\n", yoke_error_detail());
        return 1;
    }
    if (strcmp(how, "own") == 0) sum = sum_by_hand();
    yoke_verify_digest("sum", &sum, sizeof sum); /* nothing, unless somebody verifies */
    printf("sum %.9f\n", sum);
    return 0;
}
