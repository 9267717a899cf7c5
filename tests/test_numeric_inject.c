/* SPDX-License-Identifier: Apache-2.0
 *
 * The numeric kernels when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/stencil.h"

static int ten_steps(void *ctx) {
    static double to[400], from[400];
    static const yoke_stencil_term terms[] = {{.weight = 0.5}, {.y = 1, .weight = 0.5}};
    (void)ctx;
    return yoke_stencil_steps(to, from, &(yoke_grid){.rows = 20, .columns = 20},
                              &(yoke_stencil){terms, 2}, 10, &(yoke_run){.threads = 1});
}

TEST(stencils_of_many_steps) {
    CU_ASSERT_EQUAL(inject_each_allocation(ten_steps, NULL, YOKE_ENOMEM), 1);
}
