/* SPDX-License-Identifier: Apache-2.0
 *
 * A side of the MPMC queue (include/yoke/queue_mpmc.h): its owner moves the place by plain stores
 * until a second thread ends this, and another one closes the queue. What the owner stores waits in
 * a queue of its own until memory takes it, as on x86; a read-modify-write waits for that queue, and
 * so does the barrier on all threads.
 * Claim: no place is taken twice or left out, none after the mark of close, which stays.
 */
/* holds: plain */
/* planted: NO_BARRIER BARRIER_FIRST NO_RECHECK NO_WAIT NO_HELP CLOSE_OWNED */
/* gcc: -DSAFETY -DCOLLAPSE */
/* pan: -m100000 */

#define PUSHES 3 /* of each of the two producers */
#define MARK   128
#define NEXT(p) ((p) + 1)

mtype = { NOBODY, OWNER, ENDING, SHARED };
mtype state = NOBODY;

#define PLACE 0
#define BUSY  1
byte place, busy;
chan stores = [4] of { byte, byte }; /* of the owner */

bool taken[2 * PUSHES];
byte count;
bool marked;

active proctype memory() {
    byte value;
end:
    do
    :: atomic { stores ? PLACE, value -> assert(!(place & MARK)); place = value; value = 0 }
    :: atomic { stores ? BUSY, value -> busy = value; value = 0 }
    od
}

inline take(p) {
    assert(!marked && !taken[p]);
    taken[p] = true;
    count++
}

/* Ends the ownership. The owner itself does it with an empty queue. */
inline share() {
#ifdef BARRIER_FIRST
    empty(stores);
#endif
    if
    :: atomic { state == NOBODY -> state = SHARED }
    :: atomic { state == OWNER -> state = ENDING }
    :: state == ENDING
    :: state == SHARED
    fi;
    if
    :: state == SHARED
#ifdef NO_HELP
    :: state == ENDING && helper
#endif
    :: else ->
#if !defined NO_BARRIER && !defined BARRIER_FIRST
        empty(stores);
#endif
#ifndef NO_WAIT
        busy == 0;
#endif
        state = SHARED
    fi
}

inline swap() {
    do
    :: p = place;
        if
        :: p & MARK -> break
        :: else
        fi;
        atomic {
            if
            :: place == p -> take(p); place = NEXT(p); break
            :: else
            fi
        }
    od
}

active proctype first() {
    byte pushes, p, stored; /* stored: what this thread last stored as place, if it still waits */
    bool own, helper;
    do
    :: pushes < PUSHES ->
        pushes++;
        own = false;
        if
        :: atomic { state == NOBODY -> state = OWNER }
        :: else
        fi;
        if
        :: state == OWNER ->
            stores ! BUSY, 1;
            if
#ifdef NO_RECHECK
            :: true -> own = true
#else
            :: state == OWNER -> own = true
            :: else -> stores ! BUSY, 0
#endif
            fi
        :: else
        fi;
        if
        :: own ->
            /* a load sees one's own store, also one that waits */
            atomic { p = (stored > place && !(place & MARK) -> stored : place) };
            if
            :: !(p & MARK) ->
                atomic { take(p); stored = NEXT(p); stores ! PLACE, NEXT(p) };
                stores ! BUSY, 0
            :: else -> stores ! BUSY, 0
            fi
        :: else ->
            empty(stores);
            share();
            swap()
        fi
    :: else -> break
    od
}

active proctype second() {
    byte pushes, p;
    bool helper = true;
    do
    :: pushes < PUSHES ->
        pushes++;
        share();
        swap()
    :: else -> break
    od
}

active proctype closer() {
    bool helper = true;
#ifndef CLOSE_OWNED
    share();
#endif
    atomic { place = place | MARK; marked = true };
    empty(stores);
    assert(place & MARK);
    assert((place & ~MARK) == count)
}
