/* SPDX-License-Identifier: Apache-2.0
 *
 * The stencils of yoke/stencil.h: stencil.inc.h for two types, stencil_row.inc.h for three sets of
 * instructions. Planes that go by in a window are the 2.5-dimensional blocking of Nguyen and others
 * (SC 2010); many steps in a tile with margins is overlapped tiling (Krishnamoorthy and others,
 * PLDI 2007).
 */
#include "kernels/stencil.h"

#include <stdint.h>
#include <string.h>

#include "kernels/isa.h"
#include "kernels/overlap.h"
#include "kernels/run.h"
#include "kernels/short_sum.h"
#include "kernels/xsum.h"
#include "yoke/vector.h"

/* Points whose exact sums grow together. */
enum { TOGETHER = 32 };

#define REAL        double
#define REAL_(name) name##_f64
#define ROUNDED(x)  (x)
#define WIDE_(x)    (x)
#define NEAREST     yoke_xsum_value
#define SHORT_VALUE yoke__short_value_f64
#define WHOLE_VALUE yoke__whole_value_f64
#include "kernels/stencil.inc.h"
#undef REAL
#undef REAL_
#undef ROUNDED
#undef WIDE_
#undef NEAREST
#undef SHORT_VALUE
#undef WHOLE_VALUE

#define REAL        float
#define REAL_(name) name##_f32
#define ROUNDED(x)  ((float)(x))
#define WIDE_(x)    (double)(x)
#define NEAREST     yoke__xsum_value_f32
#define SHORT_VALUE yoke__short_value_f32
#define WHOLE_VALUE yoke__whole_value_f32
#include "kernels/stencil.inc.h"
