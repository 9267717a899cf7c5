/* SPDX-License-Identifier: Apache-2.0 */
/* Sums within blocks of scans with AVX-512. */
#ifdef __x86_64__
#include "kernels/scan_block.h"

#define ISA avx512
#if defined __clang__
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#else /* gcc takes half vectors unless told otherwise */
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#define BYTES 64

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
typedef int yoke__scan_avx512_is_for_x86;
#endif
