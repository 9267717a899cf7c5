/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbering of items of all types for one set of instructions. Whoever includes this defines
 * BINS_(name), BINS_TARGET and the name of the table; and may define BINS_INSIDE_F64, an INSIDE for
 * doubles.
 */
#define S        i32
#define T        int32_t
#define WIDE     uint32_t
#define FLOATING 0
#include "kernels/bins_type.inc.h"
#define S        i64
#define T        int64_t
#define WIDE     uint64_t
#define FLOATING 0
#include "kernels/bins_type.inc.h"
#define S        u32
#define T        uint32_t
#define WIDE     uint32_t
#define FLOATING 0
#include "kernels/bins_type.inc.h"
#define S        u64
#define T        uint64_t
#define WIDE     uint64_t
#define FLOATING 0
#include "kernels/bins_type.inc.h"
#define S        f32
#define T        float
#define FLOATING 1
#include "kernels/bins_type.inc.h"
#define S        f64
#define T        double
#define FLOATING 1
#ifdef BINS_INSIDE_F64
#define INSIDE BINS_INSIDE_F64
#endif
#include "kernels/bins_type.inc.h"

#define FIELDS(T, type, wide) .even_##T = BINS_(even_##T), .ranges_##T = BINS_(ranges_##T),
const yoke__bins_kernels BINS_(table) = {YOKE_TYPES(FIELDS)};
#undef FIELDS
