/* SPDX-License-Identifier: Apache-2.0
 *
 * Includes TEMPLATE for floats and for doubles; see kernels/template.h. TEMPLATE is taken back.
 */
#include "kernels/template.h"

#define S f32
#define T float
#define W double
#include TEMPLATE
#undef S
#undef T
#undef W
#define S f64
#define T double
#define W double
#include TEMPLATE
#undef S
#undef T
#undef W
#undef TEMPLATE
