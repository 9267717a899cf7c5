/* SPDX-License-Identifier: Apache-2.0
 *
 * The references of yoke/stencil.h.
 */
#include <stdbool.h>
#include <string.h>

#include "yoke/stencil.h"

static void sizes(const yoke_grid *grid, ptrdiff_t size[3]) {
    size[0] = grid->planes ? (ptrdiff_t)grid->planes : 1;
    size[1] = grid->rows ? (ptrdiff_t)grid->rows : 1;
    size[2] = grid->columns ? (ptrdiff_t)grid->columns : 1;
}

#define REAL        double
#define REAL_(name) name##_f64
#define REF_(name)  name##_f64_ref
#include "kernels/stencil_ref.inc.h"
#undef REAL
#undef REAL_
#undef REF_

#define REAL        float
#define REAL_(name) name##_f32
#define REF_(name)  name##_f32_ref
#include "kernels/stencil_ref.inc.h"
