/* SPDX-License-Identifier: Apache-2.0
 *
 * Includes TEMPLATE for each type of items; see kernels/template.h. TEMPLATE is taken back.
 */
#include "kernels/template.h"

#define S i32
#define T int32_t
#define W int64_t
#include TEMPLATE
#undef S
#undef T
#undef W
#define S i64
#define T int64_t
#define W int64_t
#include TEMPLATE
#undef S
#undef T
#undef W
#define S u32
#define T uint32_t
#define W uint64_t
#include TEMPLATE
#undef S
#undef T
#undef W
#define S u64
#define T uint64_t
#define W uint64_t
#include TEMPLATE
#undef S
#undef T
#undef W
#include "kernels/each_float.inc.h"
