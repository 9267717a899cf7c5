/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of the work-stealing deque share: deques whose positions begin anywhere.
 */
#ifndef YOKE_TESTS_DEQUE_USE_H
#define YOKE_TESTS_DEQUE_USE_H

#include "tests/harness.h"
#include "yoke/deque.h"

/* An empty deque whose positions begin somewhere else. */
static inline void move_to(yoke_deque *deque, uint64_t position) {
    deque->limit += position - deque->bottom;
    deque->top = deque->shared = deque->bottom = deque->split = position;
}

static inline yoke_deque *new_deque(size_t capacity, uint64_t position) {
    yoke_deque *deque;
    REQUIRE(yoke_deque_create(capacity, &deque) == YOKE_OK);
    move_to(deque, position);
    return deque;
}

#endif
