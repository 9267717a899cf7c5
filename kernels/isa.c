/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice of instructions: what the processor has, lowered by YOKE_ISA or by the program.
 */
#include "yoke/isa.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"plain", "avx2", "avx512"};
enum { NAMES = sizeof names / sizeof *names };

static yoke_isa widest(void) {
#if defined __x86_64__
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("popcnt");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
    return avx512 ? YOKE_ISA_AVX512 : avx2 ? YOKE_ISA_AVX2 : YOKE_ISA_PLAIN;
#else
    return YOKE_ISA_PLAIN;
#endif
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static yoke_isa supported;
static atomic_int in_use;

/* A name that there is not limits nothing. */
static void choose(void) {
    supported = widest();
    int isa = supported;
    const char *wanted = getenv("YOKE_ISA");
    for (int i = 0; wanted && i < NAMES; i++)
        if (!strcmp(wanted, names[i]) && i < isa) isa = i;
    atomic_store(&in_use, isa);
}

yoke_isa yoke_isa_in_use(void) {
    pthread_once(&once, choose);
    return (yoke_isa)atomic_load(&in_use);
}

const char *yoke_isa_name(yoke_isa isa) { return (unsigned)isa < NAMES ? names[isa] : "unknown"; }

yoke_isa yoke_isa_limit(yoke_isa most) {
    pthread_once(&once, choose);
    atomic_store(&in_use, most < supported ? most : supported);
    return (yoke_isa)atomic_load(&in_use);
}
