/* SPDX-License-Identifier: Apache-2.0 */
/* Sums within blocks of scans with AVX2. */
#ifdef __x86_64__
#include "kernels/scan_block.h"

#define ISA    avx2
#define TARGET __attribute__((target("avx2")))
#define BYTES  32

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
#else
typedef int yoke__scan_avx2_is_for_x86;
#endif
