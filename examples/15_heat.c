/* SPDX-License-Identifier: Apache-2.0
 *
 * A stencil in many steps: a plate with one hot edge warms up. The temperatures are the same to the
 * last bit at any number of threads.
 */
#include <stdio.h>

#include "yoke/yoke.h"

enum { ROWS = 64, COLUMNS = 96, STEPS = 2000 };

int main(void) {
    static double before[ROWS][COLUMNS], after[ROWS][COLUMNS];
    for (int x = 0; x < COLUMNS; x++) before[0][x] = 100;

    /* a point becomes the mean of its neighbours; the edges are held */
    yoke_stencil_term terms[] = {{.y = -1, .weight = 0.25},
                                 {.y = 1, .weight = 0.25},
                                 {.x = -1, .weight = 0.25},
                                 {.x = 1, .weight = 0.25}};
    yoke_stencil flow = {terms, 4};
    yoke_grid plate = {.rows = ROWS, .columns = COLUMNS};
    if (yoke_stencil_steps(&after[0][0], &before[0][0], &plate, &flow, STEPS, NULL) < 0) {
        fprintf(stderr, "%s\n", yoke_error_detail());
        return 1;
    }
    for (int y = 0; y < ROWS; y += 9) {
        for (int x = 5; x < COLUMNS; x += 17) printf("%8.3f", after[y][x]);
        printf("\n");
    }
    return 0;
}
