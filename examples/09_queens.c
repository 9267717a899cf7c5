/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: in how many ways n queens can stand on a board of n by n, none of which attacks another.
 * Each queen that is set is a task; what nobody steals costs little more than a call.
 */
#include <stdio.h>

#include "yoke/yoke.h"

enum { MOST = 10, SERIAL_ROWS = 4 };

/* A board whose upper rows have their queens. Bits are columns: which are attacked, and how. */
typedef struct board {
    yoke_task task; /* first */
    int left;       /* rows without a queen */
    unsigned free;  /* columns */
    unsigned rising, falling;
    long solutions;
} board;

static void with_queen(const board *b, unsigned column, board *next) {
    next->left = b->left - 1;
    next->free = b->free & ~column;
    next->rising = (b->rising | column) << 1;
    next->falling = (b->falling | column) >> 1;
}

static long count(const board *b) {
    long solutions = b->left == 0;
    unsigned places = b->free & ~(b->rising | b->falling);
    for (; places; places &= places - 1) {
        board next;
        with_queen(b, places & -places, &next);
        solutions += count(&next);
    }
    return solutions;
}

static void place(yoke_worker *worker, yoke_task *task) {
    board *b = (board *)task, next[MOST];
    int tasks = 0;
    if (b->left <= SERIAL_ROWS) {
        b->solutions = count(b);
        return;
    }
    unsigned places = b->free & ~(b->rising | b->falling);
    for (; places; places &= places - 1) {
        with_queen(b, places & -places, &next[tasks]);
        yoke_spawn(worker, &next[tasks++].task, place);
    }
    b->solutions = 0;
    while (tasks > 0) { /* the newest first is the cheap order */
        yoke_sync(worker, &next[--tasks].task);
        b->solutions += next[tasks].solutions;
    }
}

static int root(yoke_worker *worker, void *ctx) {
    place(worker, &((board *)ctx)->task);
    return YOKE_OK;
}

int main(void) {
    yoke_pool *pool = NULL;
    int status = yoke_pool_create(NULL, &pool);
    for (int n = 1; n <= MOST && status >= 0; n++) {
        board empty = {.left = n, .free = (1u << n) - 1};
        status = yoke_pool_run(pool, root, &empty);
        if (status >= 0) printf("%2d queens: %ld\n", n, empty.solutions);
    }
    if (status < 0) fprintf(stderr, "09_queens: %s\n", yoke_error_detail());
    yoke_pool_destroy(pool);
    return status < 0;
}
