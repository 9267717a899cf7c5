/* SPDX-License-Identifier: Apache-2.0
 *
 * Linearizability: record what threads did to a structure, and look for an order that explains it.
 *
 * Each thread logs its operations into its own preallocated log: kind, arguments, results, and a
 * stamp before the call and one after it. The checker then looks for a sequence of all operations
 * that keeps their real-time order (a returned before b was called: a stands before b) and in which
 * each result is the one that a serial twin, the specification, gives.
 *
 *     static void work(history *h, int thread, void *queue) {
 *         for (int64_t i = 0; i < 8; i++) {
 *             int64_t item = 8 * thread + i;
 *             history_op *op = history_begin(h, thread, HISTORY_PUSH, item, 0);
 *             history_end(h, op, yoke_queue_try_push(queue, item), 0);// 1: pushed, 0: full
 *             op = history_begin(h, thread, HISTORY_POP, 0, 0);
 *             int64_t popped = 0;
 *             int found = yoke_queue_try_pop(queue, &popped);
 *             history_end(h, op, found, popped);                      // found 0: empty
 *         }
 *     }
 *     history *h = history_create(3, 16);      // 3 threads, at most 16 operations each
 *     history_spec fifo = history_fifo(4);
 *     for (int round = 0; round < 100; round++) {
 *         history_clear(h);
 *         history_run(h, work, make_queue());  // 3 threads that begin together
 *         HISTORY_ASSERT(h, &fifo);            // a failure shows the operations
 *     }
 *     history_destroy(h);
 *
 * Short histories with much overlap find more than long ones; many rounds find more than one.
 *
 * Stamps come from one counter (sequentially consistent fetch_add), so that they are a total order
 * that agrees with real time. This adds synchronisation between the threads and may hide a missing
 * barrier, from the processor and from ThreadSanitizer: stress tests without a recorder are needed
 * beside these.
 *
 * An operation that never returned (no history_end) is allowed: it took effect at any moment after
 * it began, with any result, or not at all. Operations that promise no more than "perhaps" (a steal
 * that lost a race, a size that is an estimate) are left out with history_drop.
 *
 * The search is that of Wing and Gong, "Testing and verifying concurrent objects" (1993), with the
 * memory of Lowe, "Testing for linearizability" (2017): a configuration (the set of operations
 * placed, the state they lead to) that was tried once is never tried again.
 */
#ifndef YOKE_TESTS_HISTORY_H
#define YOKE_TESTS_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "tests/harness.h"

/* ---- recording ---- */

typedef struct history_op {
    int kind; /* of the specification */
    int thread;
    int64_t argument[2];
    int64_t result[2];
    uint64_t begin, end; /* stamps; end is HISTORY_PENDING while the operation has not returned */
} history_op;

#define HISTORY_PENDING UINT64_MAX
#define HISTORY_DROPPED 0 /* as `end`: no operation */

typedef struct history history;

/* Logs for threads 0 to threads - 1 of `operations` each. Does not fail: aborts without memory. */
history *history_create(int threads, size_t operations);
void history_destroy(history *h);
/* Forgets what was recorded. No thread may be recording. */
void history_clear(history *h);

/* Called right before the operation. Each thread number is used by one thread at a time. Now and
 * then it waits a little or yields first, so that rounds differ. Aborts when the log is full. */
history_op *history_begin(history *h, int thread, int kind, int64_t argument, int64_t second);
/* Called right after the operation. */
void history_end(history *h, history_op *op, int64_t result, int64_t second);
/* Instead of history_end: the operation, which had no effect, is not checked. */
void history_drop(history_op *op);

/* Runs fn(h, thread, ctx) on one new thread for each log; they begin together. Returns when all
 * have ended. */
void history_run(history *h, void (*fn)(history *h, int thread, void *ctx), void *ctx);

/* All operations ordered by begin; `count` of them. The caller frees the array. */
history_op *history_operations(const history *h, size_t *count);

/* ---- specifications: serial twins ---- */

typedef struct history_kind {
    const char *name;
    int arguments, results; /* how many the report shows */
} history_kind;

typedef struct history_spec {
    const char *name;
    const history_kind *kinds;
    /* Bytes of a state, all of which are zero at the start unless init is given: `size`, and
     * `size_per_operation` for each operation of the history. Multiples of 8. */
    size_t size, size_per_operation;
    void (*init)(const struct history_spec *spec, void *state);
    /* Does the operation on the state; whether its results fit (history_fits). */
    int (*apply)(const struct history_spec *spec, void *state, const history_op *op);
    /* The bytes from the start that are in use, a multiple of 8; all others are zero. NULL: all. */
    size_t (*used)(const void *state);
    int64_t option; /* for init and apply */
} history_spec;

/* Whether the results of the operation are these: for apply. A pending one fits any. */
int history_fits(const history_op *op, int64_t result, int64_t second);

/* A register or counter; starts at `initial`. */
enum { HISTORY_READ, HISTORY_WRITE, HISTORY_ADD, HISTORY_FETCH_ADD, HISTORY_CAS };
/* read() -> value; write(value); add(n); fetch_add(n) -> old; cas(expected, new) -> 1 done or 0 */
history_spec history_register(int64_t initial);

/* A map of one key; begins without it. For maps of many keys record the key as the second argument
 * and use history_check_keys. Results: the first is 1 or 0, the second the value found. */
enum { HISTORY_GET, HISTORY_PUT, HISTORY_INSERT, HISTORY_REMOVE, HISTORY_UPDATE };
/* get() -> found, value; put(value) -> new; insert(value) -> new, else no effect;
 * remove() -> found, value; update(n) -> new: adds n, to 0 when there is none */
history_spec history_map(void);

/* A queue, first in first out, of at most `capacity` items; 0: no bound.
 * push(item) -> 1, or 0 when full; pop() -> 1, item, or 0, 0 when empty */
enum { HISTORY_PUSH, HISTORY_POP, HISTORY_STEAL };
history_spec history_fifo(size_t capacity);
/* A deque or stack: pop takes what was pushed last, steal what was pushed first. */
history_spec history_deque(size_t capacity);

/* ---- checking ---- */

#define HISTORY_REPORT_SIZE 8192

/* 1: there is an order that explains the history. 0: there is none, and the report (of
 * HISTORY_REPORT_SIZE bytes) shows the shortest part that has none: the operations that had begun
 * when a certain one returned. -1: given up after too many configurations (make the history
 * shorter). */
int history_check(const history *h, const history_spec *spec, char *report);
/* The same for `count` operations ordered by begin. */
int history_check_operations(const history_op *ops, size_t count, const history_spec *spec,
                             char *report);
/* Checks the operations of each value of the second argument, the key, for themselves: objects
 * that do not affect each other are linearizable together when each is (Herlihy and Wing 1990). */
int history_check_keys(const history *h, const history_spec *spec, char *report);

#define HISTORY_ASSERT(h, spec)      HISTORY_ASSERT_BY(history_check, h, spec)
#define HISTORY_ASSERT_KEYS(h, spec) HISTORY_ASSERT_BY(history_check_keys, h, spec)
#define HISTORY_ASSERT_BY(check, h, spec)                                                          \
    do {                                                                                           \
        char report_[HISTORY_REPORT_SIZE] = "";                                                    \
        int linearizable_ = check((h), (spec), report_) == 1;                                      \
        CU_assertImplementation(linearizable_, __LINE__, report_, __FILE__, "", CU_FALSE);         \
    } while (0)

#endif
