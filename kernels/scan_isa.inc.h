/* SPDX-License-Identifier: Apache-2.0
 *
 * scan_type.inc.h for all types, with the instructions that who includes this has named.
 */
#define S i32
#define T int32_t
#define W int64_t
#include "kernels/scan_type.inc.h"
#define S i64
#define T int64_t
#define W int64_t
#include "kernels/scan_type.inc.h"
#define S u32
#define T uint32_t
#define W uint64_t
#include "kernels/scan_type.inc.h"
#define S u64
#define T uint64_t
#define W uint64_t
#include "kernels/scan_type.inc.h"
#define S f32
#define T float
#define W double
#include "kernels/scan_type.inc.h"
#define S f64
#define T double
#define W double
#include "kernels/scan_type.inc.h"
