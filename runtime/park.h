/* SPDX-License-Identifier: Apache-2.0
 *
 * Sleeping in the kernel, and the barrier that lets the frequent side of a protocol do without one.
 */
#ifndef YOKE_RUNTIME_PARK_H
#define YOKE_RUNTIME_PARK_H

#include <stdint.h>

#include "yoke/deadline.h"

/* Sleeps while *word == seen, until it is woken, the deadline passes, or for no reason. 0, or
 * YOKE_ETIMEDOUT without a detail. */
int yoke__park(uint32_t *word, uint32_t seen, yoke_deadline deadline);
/* Wakes at most `count` threads that sleep on the word. */
void yoke__unpark(uint32_t *word, int count);

/* A full memory barrier on every running thread of the process, when yoke_barrier_asymmetric_ says
 * that there is one; otherwise nothing, and the other side has to use a sequentially consistent
 * operation. Some microseconds. YOKE_ENOMEM, without a detail, when the kernel refused after all
 * (it was short of memory, or a sandbox that was entered later forbids it): then there was no
 * barrier, and the caller must do without what it wanted to know. */
int yoke__barrier_all(void);

/* Tells the processor that this is a spin loop. */
static inline void yoke__relax(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

#endif
