/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels of yoke/access.h.
 *
 * Random updates: an atomic exclusive or waits for its line, and the next one for it. So the places
 * of some updates are prefetched first; then the atomic operations find their lines at hand, and
 * memory works on all of them at once.
 */
#include "yoke/access.h"

#include <stdbool.h>

#include "kernels/run.h"

/* ---- random updates ---- */

/* The product of two polynomials over GF(2), modulo that of the sequence. */
static uint64_t multiply(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    for (; b; b >>= 1) {
        if (b & 1) product ^= a;
        a = yoke_access_next(a);
    }
    return product;
}

uint64_t yoke_access_number(uint64_t n) {
    uint64_t number = 1, square = 2; /* x */
    for (; n; n >>= 1) {
        if (n & 1) number = multiply(number, square);
        square = multiply(square, square);
    }
    return number;
}

enum { UPDATES = 1 << 16, AHEAD = 128 };

typedef struct updates {
    uint64_t *table, mask, first;
    bool alone;
} updates;

/* `count` numbers from `number` on; returns the one behind them. Lines are fetched to be written
 * (a processor that knows no such prefetch does nothing). */
#if defined __x86_64__
__attribute__((target("prfchw")))
#endif
static uint64_t
draw(uint64_t numbers[AHEAD], uint64_t number, const updates *u, size_t count) {
    for (size_t i = 0; i < count; i++) {
        numbers[i] = number;
        __builtin_prefetch(&u->table[number & u->mask], 1);
        number = yoke_access_next(number);
    }
    return number;
}

static void apply(const uint64_t numbers[AHEAD], const updates *u, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t *place = &u->table[numbers[i] & u->mask];
        /* relaxed: only that no update is lost matters; the end of the team orders them before
         * whoever reads the table. */
        if (u->alone)
            *place ^= numbers[i];
        else
            __atomic_fetch_xor(place, numbers[i], __ATOMIC_RELAXED);
    }
}

static int update_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const updates *u = ctx;
    uint64_t numbers[AHEAD], number = yoke_access_number(u->first + begin);
    for (size_t at = begin; at < end; at += AHEAD) {
        size_t count = end - at < AHEAD ? end - at : AHEAD;
        number = draw(numbers, number, u, count);
        apply(numbers, u, count);
    }
    return YOKE_OK;
}

int yoke_access_update(uint64_t *table, size_t size, uint64_t first, uint64_t count,
                       const yoke_run *run) {
    YOKE__KERNEL;
    if (!size || size & (size - 1))
        return yoke_fail(YOKE_EINVAL, "a table of %zu places: expected a power of two", size);
    updates u = {table, size - 1, first, false};
    u.alone = yoke__run_members(run, yoke__block_count(count, UPDATES)) == 1;
    int status = yoke__run_blocks(run, count, UPDATES, update_block, &u);
    return yoke__told(status, run, __func__, table, size * sizeof *table);
}

void yoke_access_update_ref(uint64_t *table, size_t size, uint64_t first, uint64_t count) {
    uint64_t number = yoke_access_number(first);
    for (uint64_t i = 0; i < count; i++) {
        table[number & (size - 1)] ^= number;
        number = yoke_access_next(number);
    }
}

/* ---- chains ---- */

/* splitmix64 (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t random_number(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

void yoke_access_cycle(size_t *next, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++) next[i] = i;
    for (size_t i = n; i > 1; i--) {
        /* a number below i - 1, near enough to even: by multiplication (Lemire 2019) */
        size_t other = (size_t)((unsigned __int128)random_number(&seed) * (i - 1) >> 64);
        size_t place = next[i - 1];
        next[i - 1] = next[other];
        next[other] = place;
    }
}

enum { TOGETHER = 16, STEPS = 1 << 16 };

typedef struct walk {
    const size_t *next;
    size_t *at;
    uint64_t steps;
    const yoke_run *run;
} walk;

/* The number of chains is known to the compiler where it matters: the places stay in registers. */
static inline __attribute__((always_inline)) void take_steps(const size_t *next, size_t *at,
                                                             size_t chains, uint64_t steps) {
    size_t place[TOGETHER];
    for (size_t i = 0; i < chains; i++) place[i] = at[i];
    for (uint64_t step = 0; step < steps; step++)
        for (size_t i = 0; i < chains; i++) place[i] = next[place[i]];
    for (size_t i = 0; i < chains; i++) at[i] = place[i];
}

static void take(const size_t *next, size_t *at, size_t chains, uint64_t steps) {
    switch (chains) {
    case 1: take_steps(next, at, 1, steps); break;
    case 2: take_steps(next, at, 2, steps); break;
    case 4: take_steps(next, at, 4, steps); break;
    case 8: take_steps(next, at, 8, steps); break;
    default: take_steps(next, at, chains, steps); break;
    }
}

static int walk_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const walk *w = ctx;
    for (uint64_t left = w->steps; left > 0;) {
        uint64_t steps = left < STEPS ? left : STEPS;
        take(w->next, w->at + begin, end - begin, steps);
        left -= steps;
        if (left) YOKE_TRY(yoke__run_check(w->run));
    }
    return YOKE_OK;
}

int yoke_access_chase(const size_t *next, size_t *at, size_t chains, size_t together,
                      uint64_t steps, const yoke_run *run) {
    YOKE__KERNEL;
    if (!together || together > TOGETHER)
        return yoke_fail(YOKE_EINVAL, "%zu chains together: expected 1 to %d", together, TOGETHER);
    walk w = {next, at, steps, run};
    int status = yoke__run_blocks(run, chains, together, walk_block, &w);
    return yoke__told(status, run, __func__, at, chains * sizeof *at);
}

void yoke_access_chase_ref(const size_t *next, size_t *at, size_t chains, uint64_t steps) {
    for (size_t i = 0; i < chains; i++)
        for (uint64_t step = 0; step < steps; step++) at[i] = next[at[i]];
}
