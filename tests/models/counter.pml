/* SPDX-License-Identifier: Apache-2.0
 *
 * Snapshots of a set of two counters while two threads add (sharding/counter.c), with store buffers
 * as x86 has them: what a thread stores waits in a queue of its own until memory takes it, a
 * read-modify-write waits for the queue, and the barrier on all threads empties each. (Orders of
 * weaker processors are proved by hand there.)
 *
 * Each thread adds to the first counter, then to the second, and so on; a thread's adds have a
 * weight of their own, so that the values tell how many of whom are in them. A snapshot must show
 * for each thread a prefix of its adds, with all that had ended when it began, with none that had
 * not begun when it ended, and with no fewer than the snapshot before. In version CHAIN the threads
 * take turns, each add beginning after the other thread's has ended: then the snapshot must show a
 * prefix of that chain. In versions with SHARED the second thread has no slot.
 *
 * The mistakes that must be found:
 *   NO_DIVERT      the bound stays
 *   NO_BARRIER     no barrier after the bound was set to 0
 *   SLOTS_FIRST    the slots are read before the shared cells
 *   EARLY_RESTORE  the bound is restored before the slots are read
 *   NO_REST        a bank is put in use while an add to it is under way
 *   LATE_BANK      the bank that is put in use is read after that
 *   NO_GATE        one bank for ever
 */
/* holds: plain CHAIN SHARED SHARED_CHAIN */
/* planted: NO_DIVERT NO_BARRIER SLOTS_FIRST EARLY_RESTORE NO_REST LATE_BANK NO_GATE */
/* gcc: -DSAFETY -DCOLLAPSE */
/* pan: -m1000000 -w24 */

#ifdef SHARED_CHAIN
#define SHARED
#define CHAIN
#endif
#ifdef NO_REST
#define SHARED
#endif

#define THREADS   2
#define SNAPSHOTS 2
#define BANKS     2 /* the fewest: with more a snapshot need not wait as often */
#ifdef CHAIN
#define ADDS(thread) 4
#else
#define ADDS(thread) (3 - (thread))
#endif
#define WEIGHT(thread) (1 + 7 * (thread))

/* Memory. Cells are flattened: thread or bank * 2 + counter. */
bool bound = true;
byte slot[THREADS * 2], bank[BANKS * 2];
byte in_use, inside; /* the gate: bank, adds that entered since the flip */
byte finished[BANKS]; /* adds to each bank that are done */

/* For the claims: adds of each thread that have begun, and that have ended, as others can know. */
byte begun[THREADS], ended[THREADS];

/* Stores under way: place, value. */
#define ENDED 2
chan stores[THREADS] = [4] of { byte, byte };

active [THREADS] proctype memory() {
    byte place, value;
    byte thread = _pid;
end:
    do
    :: atomic {
        stores[thread] ? place, value ->
        if
        :: place < 2 -> slot[thread * 2 + place] = value
        :: else -> ended[thread] = value
        fi;
        place = 0; value = 0
    }
    od
}

active [THREADS] proctype adder() {
    byte thread = _pid - THREADS, i, which, own[2], b;
    bool mine;
    do
    :: i < ADDS(thread) ->
        which = i % 2;
        atomic {
#ifdef CHAIN
            ended[0] + ended[1] == i * THREADS + thread ->
#endif
            begun[thread]++;
#ifdef SHARED
            mine = bound && thread == 0
#else
            mine = bound
#endif
        }
        if
        :: mine ->
            atomic { own[which] = own[which] + WEIGHT(thread); stores[thread] ! which, own[which] }
        :: else ->
            atomic { empty(stores[thread]) -> b = in_use; inside++ }
            bank[b * 2 + which] = bank[b * 2 + which] + WEIGHT(thread);
            finished[b]++;
            b = 0
        fi;
        atomic {
            stores[thread] ! ENDED, i + 1;
            i++; which = 0; mine = false
        }
    :: else -> break
    od
}

inline read_bank(b) {
    value[0] = value[0] + bank[b * 2];
    value[1] = value[1] + bank[b * 2 + 1];
}

inline read_slots() {
    for (t : 0 .. THREADS - 1) {
        value[0] = value[0] + slot[t * 2];
        value[1] = value[1] + slot[t * 2 + 1];
    }
    t = 0
}

/* The adds of a thread in the values. */
#define PART(v, thread) (thread == 0 -> (v) % 8 : (v) / 8)
#define FIRST(thread)   PART(value[0], thread)
#define SECOND(thread)  PART(value[1], thread)
#define PREFIX(thread)  (FIRST(thread) + SECOND(thread))

active proctype snapshotter() {
    byte n, t, b, next, used, value[2], entered[BANKS], least[THREADS];
    do
    :: n < SNAPSHOTS ->
        atomic {
            for (t : 0 .. THREADS - 1) {
                if
                :: ended[t] > least[t] -> least[t] = ended[t]
                :: else
                fi
            }
            t = 0
        }
#ifndef NO_DIVERT
        bound = false;
#endif
#ifndef NO_BARRIER
        empty(stores[0]);
        empty(stores[1]);
#endif
#ifdef SLOTS_FIRST
        read_slots();
#endif
        used = in_use;
#ifdef NO_GATE
        read_bank(0);
#else
        atomic {
            if
#ifdef NO_REST
            :: used != 0 -> next = 0
            :: used != 1 -> next = 1
#else
            :: used != 0 && finished[0] == entered[0] -> next = 0
            :: used != 1 && finished[1] == entered[1] -> next = 1
#endif
            fi
        }
#ifndef LATE_BANK
        read_bank(next);
#endif
        atomic {
            in_use = next;
            entered[used] = entered[used] + inside;
            inside = 0
        }
#ifdef LATE_BANK
        read_bank(next);
#endif
        for (b : 0 .. BANKS - 1) {
            if
            :: b != next -> read_bank(b)
            :: else
            fi
        }
        b = 0;
#endif
#ifdef EARLY_RESTORE
        bound = true;
#endif
#ifndef SLOTS_FIRST
        read_slots();
#endif
        atomic {
            bound = true;
            for (t : 0 .. THREADS - 1) {
                assert(FIRST(t) == SECOND(t) || FIRST(t) == SECOND(t) + 1);
                assert(PREFIX(t) >= least[t]);
                assert(PREFIX(t) <= begun[t]);
                least[t] = PREFIX(t)
            }
#ifdef CHAIN
            assert(PREFIX(0) == PREFIX(1) || PREFIX(0) == PREFIX(1) + 1);
#endif
            t = 0; value[0] = 0; value[1] = 0; used = 0; next = 0;
            n++
        }
    :: else -> break
    od
}
