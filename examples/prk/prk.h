/* SPDX-License-Identifier: Apache-2.0
 *
 * What the drivers of the Parallel Research Kernels (Van der Wijngaart and Mattson, HPEC 2014) have
 * in common. They solve the same problems with yoke's kernels, take the same operands, and check
 * the answers by the same closed forms; a NaN never passes.
 */
#ifndef EXAMPLES_PRK_PRK_H
#define EXAMPLES_PRK_PRK_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/run.h"

typedef struct prk_operand {
    const char *name; /* in capitals; in brackets when it may be left out */
    size_t least, most;
    size_t value; /* at the start the default */
} prk_operand;

typedef struct prk_program {
    const char *name, *title;
    prk_operand *operands;
    int count;
    yoke_run run;
    bool spoil; /* to put a wrong number into the answer before it is checked */
    double started, seconds;
} prk_program;

enum { PRK_GO_ON = -1 };

/* Reads the command line. PRK_GO_ON, or the status to end with: what was wrong has been printed. */
int prk_read(prk_program *program, int argc, char **argv);
/* Memory for n numbers, all `value`, touched by the team; NULL after saying that there is none. */
double *prk_numbers(const prk_program *program, size_t n, double value);

/* Iteration 0 prints what is solved and only warms up: the time counts from iteration 1 on. */
void prk_iteration(prk_program *program, size_t iteration);
void prk_stop(prk_program *program);

/* Prints the verdict and the rate, `amount` of `unit` an iteration, and returns the status to end
 * with. An answer is right when it differs from what is expected by at most 10^-8 of it. */
int prk_report(const prk_program *program, double answer, double expected, const char *unit,
               double amount, size_t iterations);
/* After a kernel failed: prints why and returns the status to end with. */
int prk_failed(const prk_program *program);

#endif
