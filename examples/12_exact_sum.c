/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums that anybody can repeat. Payments of all sizes nearly cancel; added up in two orders, a
 * plain loop gives two different balances. yoke gives the same bits at any number of threads, and
 * the exact balance, rounded once, in any order and however the payments are dealt to ranks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "yoke/yoke.h"

enum { N = 1000000, RANKS = 4 };

/* Payments of 10^-6 to 10^12, and then the same the other way round, but for one cent. */
static void fill(double *payments) {
    uint64_t state = 1;
    for (int i = 0; i < N / 2; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double size = 1e-6;
        for (uint64_t j = state >> 60; j > 0; j--) size *= 16;
        payments[i] = size * (double)(state >> 11) * 0x1p-53;
        payments[N - 1 - i] = -payments[i];
    }
    payments[N / 2] += 0.01;
}

static double in_a_loop(const double *x, int begin, int step) {
    double sum = 0;
    for (int i = 0; i < N; i++, begin = (begin + step) % N) sum += x[begin];
    return sum;
}

/* The bits of a sum with 1 thread, where those with 2 to 8 are the same. */
static int with_any_threads(const double *x, yoke_repro repro, double *sum) {
    for (int threads = 1; threads <= 8; threads++) {
        yoke_run run = {.threads = threads, .repro = repro};
        double again;
        YOKE_TRY(yoke_sum(x, N, &again, &run));
        if (threads == 1) *sum = again;
        if (again != *sum) return yoke_fail(YOKE_EDATA, "%d threads differ", threads);
    }
    return YOKE_OK;
}

/* Each rank adds up its part, and the parts are merged in some order. */
static double over_ranks(const double *x) {
    yoke_xsum parts[RANKS] = {0}, all = {0};
    for (int r = 0; r < RANKS; r++)
        yoke_xsum_add_array(&parts[r], &x[(size_t)r * (N / RANKS)], N / RANKS);
    for (int r = RANKS; r-- > 0;) yoke_xsum_merge(&all, &parts[r]);
    return yoke_xsum_value(&all);
}

int main(void) {
    double *payments = malloc(N * sizeof *payments), any, exact;
    if (!payments) return 1;
    fill(payments);
    int status = with_any_threads(payments, YOKE_REPRO_ANY_THREADS, &any);
    if (status >= 0) status = with_any_threads(payments, YOKE_REPRO_EXACT, &exact);
    if (status >= 0) {
        printf("a loop:                   %.17g\n", in_a_loop(payments, 0, 1));
        printf("a loop in another order:  %.17g\n", in_a_loop(payments, 0, 7));
        printf("yoke, 1 to 8 threads:     %.17g\n", any);
        printf("yoke, exact:              %.17g\n", exact);
        printf("the same over %d ranks:    %.17g\n", RANKS, over_ranks(payments));
    } else {
        fprintf(stderr, "%s\n", yoke_error_detail());
    }
    free(payments);
    return status < 0;
}
