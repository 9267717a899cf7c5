/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate is a word that threads wait on. A waiter first spins briefly (the usual case: the other
 * thread is about to be done), then sleeps in the kernel (futex), so that nothing spins for long on
 * a machine with more threads than cores. Setting a gate costs no system call while nobody sleeps.
 */
#ifndef YOKE_RUNTIME_WAIT_H
#define YOKE_RUNTIME_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct yoke_gate { /* zero is a valid start */
    _Atomic uint32_t word;
    _Atomic uint32_t sleepers;
} yoke_gate;

/* The word now. What was written before the word was set is visible after. */
uint32_t yoke__gate_read(yoke_gate *gate);

/* Returns as soon as the word differs from `seen`, and what it is then. */
uint32_t yoke__gate_wait(yoke_gate *gate, uint32_t seen);

/* Sets the word and wakes those who wait. */
void yoke__gate_set(yoke_gate *gate, uint32_t value);

#endif
