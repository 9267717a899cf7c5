/* SPDX-License-Identifier: Apache-2.0 */
#include "pool/delay.h"

#ifdef YOKE_DELAYS
#include <sched.h>
#include <time.h>

#include "yoke/hash.h"
#include "yoke/thread.h"

__attribute__((visibility("default"))) uint64_t yoke__delay_seed;

static _Thread_local uint64_t passed; /* points so far */

void yoke__delay(void) {
    uint64_t draw = yoke_hash_mix(yoke__delay_seed + ++passed * 0xA0761D6478BD642Fu,
                                  0x9E3779B97F4A7C15u + (uint64_t)yoke_thread_index());
    struct timespec nap = {.tv_nsec = (long)(draw >> 8) & 0x1FFFF}; /* up to 131 us */
    if (draw % 64 == 0)
        nanosleep(&nap, NULL);
    else if (draw % 8 == 0)
        sched_yield();
}
#else
typedef int yoke__no_delay; /* a file is not empty */
#endif
