/* SPDX-License-Identifier: Apache-2.0
 *
 * Spin, then park. No wake is lost: a waiter announces itself before the kernel compares the word
 * again, and a setter changes the word before it looks for sleepers. Both sides are sequentially
 * consistent, so that one of them must see the other (Dekker's pattern).
 */
#include "runtime/wait.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* About ten microseconds: as long as a sleep and a wake cost together. */
enum { SPINS = 256 };

static inline void relax(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* acquire: pairs with the (stronger) store in yoke__gate_set, so that what the setter wrote before
 * is visible after. */
uint32_t yoke__gate_read(yoke_gate *gate) {
    return atomic_load_explicit(&gate->word, memory_order_acquire);
}

uint32_t yoke__gate_wait(yoke_gate *gate, uint32_t seen) {
    for (int spin = 0; spin < SPINS; spin++) {
        uint32_t now = yoke__gate_read(gate);
        if (now != seen) return now;
        relax();
    }
    atomic_fetch_add(&gate->sleepers, 1);
    uint32_t now;
    while ((now = atomic_load(&gate->word)) == seen) {
        syscall(SYS_futex, &gate->word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    atomic_fetch_sub(&gate->sleepers, 1);
    return now;
}

void yoke__gate_set(yoke_gate *gate, uint32_t value) {
    atomic_store(&gate->word, value);
    if (atomic_load(&gate->sleepers)) {
        syscall(SYS_futex, &gate->word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
}
