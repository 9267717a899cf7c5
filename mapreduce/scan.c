/* SPDX-License-Identifier: Apache-2.0
 *
 * The scan kernels in plain C, eight bytes at a time, and the choice of the best kernels for the
 * processor. The plain ones are the twin that the others are tested against.
 */
#include "mapreduce/scan.h"

#include <string.h>

#define SCAN_(name) portable_##name
#define SCAN_TARGET
#define SCAN_LABEL     "portable"
#define portable_table yoke__scan_portable

/* One bit for each of the eight bytes of `word` that are zero: exact, without carries between bytes
 * (Mycroft's test made exact), then gathered by a multiplication. */
static inline uint64_t zero_bytes(uint64_t word) {
    const uint64_t low7 = 0x7F7F7F7F7F7F7F7Fu;
    uint64_t zero = ~(((word & low7) + low7) | word | low7);
    return ((zero >> 7) * 0x0102040810204080u) >> 56;
}

static inline uint64_t portable_equal(const char *p, unsigned char byte) {
    uint64_t mask = 0;
    for (size_t i = 0; i < 8; i++) {
        uint64_t word;
        memcpy(&word, p + 8 * i, 8);
        mask |= zero_bytes(word ^ byte * 0x0101010101010101u) << (8 * i);
    }
    return mask;
}

static inline void portable_extract(uint32_t *to, size_t base, uint64_t mask) {
    while (mask) {
        *to++ = (uint32_t)(base + (size_t)__builtin_ctzll(mask));
        mask &= mask - 1;
    }
}

static inline uint64_t portable_prefix_xor(uint64_t mask) {
    for (int shift = 1; shift < 64; shift *= 2) mask ^= mask << shift;
    return mask;
}

#include "mapreduce/scan.inc.h"

#if defined __x86_64__
extern const yoke_scan_kernels yoke__scan_avx2, yoke__scan_avx512;

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi2");
}

const yoke_scan_kernels *yoke__scan_select(const char *limit) {
    __builtin_cpu_init();
    if ((!limit || !strcmp(limit, "avx512")) && has_avx512()) return &yoke__scan_avx512;
    if ((!limit || !strcmp(limit, "avx2")) && has_avx2()) return &yoke__scan_avx2;
    return !limit || !strcmp(limit, "portable") ? &yoke__scan_portable : NULL;
}
#else
const yoke_scan_kernels *yoke__scan_select(const char *limit) {
    return !limit || !strcmp(limit, "portable") ? &yoke__scan_portable : NULL;
}
#endif
