/* SPDX-License-Identifier: Apache-2.0
 *
 * How consumers of the MPMC queue sleep and are woken (sharding/queue_mpmc.c): producers take a
 * place, fill it, and wake at most one sleeper; somebody closes the queue. What a producer stores
 * waits in a queue of its own until memory takes it; a read-modify-write and the barrier on all
 * threads wait for it.
 * Claim: all consumers come to hear that the queue is closed, and all that was pushed is popped.
 * (A lost wake-up is a state in which nothing can move any more.)
 */
/* holds: plain ONE_EACH */
/* planted: NO_BARRIER NO_CLEAR NO_RELAY RELAY_ITEMS_ONLY NO_LOOK PLAIN_SKIP EARLY_END NO_RECHECK */
/* gcc: -DSAFETY -DCOLLAPSE */
/* pan: -m1000000 */

#ifndef CONSUMERS
#define CONSUMERS 2
#endif
/* ONE_EACH: nobody closes. Three items for two consumers that may sleep and one that passes by; each
 * takes one and does not come back, so that nobody makes up for a wake that was not passed on. */
#ifdef NO_RECHECK
#define ONE_EACH
#endif
#ifdef ONE_EACH
#define ITEMS 3
#else
#define ITEMS 2
#endif

byte head, tail;
bool closed;
bool filled[ITEMS];
byte epoch, waiters;
bool waking, asleep[CONSUMERS];
chan first_stores = [1] of { byte }; /* the place filled */
chan second_stores = [1] of { byte };

#define barrier() empty(first_stores) && empty(second_stores)

active proctype memory() {
    byte p;
end:
    do
    :: atomic { first_stores ? p -> filled[p] = true; p = 0 }
    :: atomic { second_stores ? p -> filled[p] = true; p = 0 }
    od
}

inline wake_one() {
    epoch++;
    atomic {
        if
        :: asleep[0] -> asleep[0] = false
        :: asleep[1] -> asleep[1] = false
#if CONSUMERS > 2
        :: asleep[2] -> asleep[2] = false
#endif
        :: else
        fi
    }
}

/* `mine`: the caller's stores. */
inline signal(mine) {
    if
    :: waiters > 0 ->
#ifdef PLAIN_SKIP
        if
        :: waking
        :: else -> waking = true; wake_one()
        fi
#else
        atomic { empty(mine); skipped = waking; waking = true };
        if
        :: skipped
        :: else -> wake_one()
        fi;
        skipped = false
#endif
    :: else
    fi
}

inline produce(mine) {
    atomic {
        if
        :: !closed -> p = tail; tail++; pushed = true
        :: else
        fi
    };
    if
    :: pushed -> mine ! p; signal(mine)
    :: else
    fi
}

active proctype first_producer() {
    byte p;
    bool pushed, skipped;
    produce(first_stores)
#ifdef ONE_EACH
    ;
    pushed = false;
    produce(first_stores)
#endif
}

active proctype second_producer() {
    byte p;
    bool pushed, skipped;
    produce(second_stores)
}

#ifdef EARLY_END
#define ENDED (closed && !(head < ITEMS && filled[head]))
#else
#define ENDED (closed && head == tail)
#endif
#define READY (head < ITEMS && filled[head])
/* The turn of a slot whose item was taken is that of the next lap. */
#define IS_THERE(slot) (slot < ITEMS && filled[slot] && head <= slot)

/* One look at the queue: an item, the end, or nothing. */
inline look() {
    atomic {
        moved = false;
        if
        :: READY -> head++; moved = true
        :: !READY && ENDED -> ended = true
        :: else
        fi
    }
}

/* Whether to pass the wake on: place and turn are read one after the other. */
inline leave() {
    waking = false;
#ifndef NO_RELAY
    do
    :: place = head;
        if
#ifdef RELAY_ITEMS_ONLY
        :: IS_THERE(place) -> signal(none); break
#else
        :: IS_THERE(place) || closed -> signal(none); break
#endif
        :: else
        fi;
#ifndef NO_RECHECK
        if
        :: head == place -> break
        :: else
        fi
#else
        break
#endif
    od;
    place = 0
#endif
}

#ifdef ONE_EACH
active proctype passer_by() {
    bool moved, ended;
    do
    :: moved -> break
    :: else -> READY; look()
    od
}
#else
active proctype closer() {
    closed = true;
    epoch++;
    atomic {
        asleep[0] = false;
        asleep[1] = false;
#if CONSUMERS > 2
        asleep[2] = false;
#endif
    }
}
#endif

chan none = [1] of { byte }; /* consumers: stores that matter are read-modify-writes */

active [CONSUMERS] proctype consumer() {
    byte ticket, place;
    bool moved, ended, skipped;
    byte me = _pid - 4;
    do
    :: ended -> break
#ifdef ONE_EACH
    :: moved -> break
    :: !ended && !moved ->
#else
    :: else ->
#endif
        look(); /* without waiting */
        if
        :: moved || ended
        :: else ->
            do
            :: waiters++;
                ticket = epoch;
#ifndef NO_BARRIER
                barrier();
#endif
#ifndef NO_CLEAR
                waking = false;
#endif
#ifndef NO_LOOK
                look();
#endif
                if
                :: moved || ended -> waiters--; leave(); break
                :: else
                fi;
                atomic {
                    if
                    :: epoch == ticket -> asleep[me] = true
                    :: else
                    fi
                };
                !asleep[me];
                waiters--;
                look();
                if
                :: moved || ended -> leave(); break
                :: else
                fi
            od
        fi;
        ticket = 0
    od;
#ifndef ONE_EACH
    assert(head == tail)
#endif
}
