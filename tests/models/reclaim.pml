/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation (sharding/reclaim.c) with store buffers, as x86 has them: what a thread stores waits
 * in a queue of its own until memory takes it, a read-modify-write waits for the queue, and the
 * barrier on all threads empties the queue of each. (Orders of weaker processors are not modelled.)
 *
 * A writer replaces the object in one place, a scanner reclaims what was replaced, and a reader goes
 * through sections with several loads each, looking at what it loaded until the section ends.
 * Claim: what a section has loaded is not released before the section ends.
 */
/* holds: plain EXCHANGE */
/* planted: NO_BARRIER BARRIER_FIRST NO_RECHECK NO_EXTENSION OFF_BY_ONE LATE_BIRTH EARLY_TAG EARLY_LEAVE */
/* gcc: -DSAFETY -DCOLLAPSE */
/* pan: -m1000000 */

#if !defined EXCHANGE && !defined NO_BARRIER && !defined BARRIER_FIRST
#define WITH_BARRIER
#endif

#define OBJECTS  3
#define SCANS    2
#define SECTIONS 2
#define LOADS    2
#define IDLE     255

/* What is stored to through queues. */
#define PLACE 0
#define LOWER 1
#define UPPER 2
byte place, lower = IDLE, upper;
chan reader_stores = [5] of { byte, byte };
chan writer_stores = [2] of { byte, byte };

byte era = 1;
byte born[OBJECTS], tag[OBJECTS];
bool fresh[OBJECTS], held[OBJECTS]; /* in the bag, without and with a tag */
bool gone[OBJECTS];
byte seen[LOADS] = IDLE; /* what the reader's section has loaded */

/* Memory takes what waits, in order, at any time. A step of a processor that only ends in its own
 * queue is made atomic with the one before it: others cannot tell. */
active proctype memory() {
    byte value;
end:
    do
    :: atomic { writer_stores ? PLACE, value -> place = value; value = 0 }
    :: atomic { reader_stores ? LOWER, value -> lower = value; value = 0 }
    :: atomic { reader_stores ? UPPER, value -> upper = value; value = 0 }
    od
}

/* ---- the reader ---- */

inline reserve() {
    reserved = e;
    reader_stores ! UPPER, e;
#ifdef EXCHANGE
    empty(reader_stores)
#endif
}

inline accept() {
    assert(!gone[found]);
    seen[loads] = found;
    loads++;
    found = 0
}

active proctype reader() {
    byte sections, loads, e, reserved, found;
    do
    :: sections == SECTIONS -> break
    :: else ->
        atomic {
            e = era;
            reader_stores ! LOWER, e;
            reserve();
            loads = 0
        }
        do
        :: loads == 1 + sections -> break /* one, then two */
        :: else ->
            found = place;
            atomic {
                e = era;
                if
                :: e == reserved -> accept()
                :: else ->
#ifdef NO_RECHECK
                    reserve(); accept()
#elif defined NO_EXTENSION
                    reserved = e
#else
                    reserve()
#endif
                fi;
                e = 0
            }
        od;
#ifdef EARLY_LEAVE
        reader_stores ! LOWER, IDLE;
        atomic { seen[0] = IDLE; seen[1] = IDLE; sections++ }
#else
        atomic { seen[0] = IDLE; seen[1] = IDLE; reader_stores ! LOWER, IDLE; sections++ }
#endif
    od
}

/* ---- the writer ---- */

active proctype writer() {
    byte new = 1;
    do
    :: new == OBJECTS -> break
    :: else ->
        if :: era++ :: skip fi; /* births move the era now and then */
        atomic {
#ifndef LATE_BIRTH
            born[new] = era;
#endif
#ifdef EARLY_TAG
            tag[new - 1] = era;
#endif
            writer_stores ! PLACE, new
        }
        empty(writer_stores); /* the bag's lock */
        atomic {
#ifdef LATE_BIRTH
            born[new] = era;
#endif
            fresh[new - 1] = true;
            new++
        }
    od
}

/* ---- the scanner ---- */

inline barrier() {
    empty(reader_stores);
    empty(writer_stores)
}

inline take(o) {
#ifndef EARLY_TAG
    if :: fresh[o] -> tag[o] = era :: else fi;
#endif
    loose[o] = fresh[o] || held[o];
    fresh[o] = false;
    held[o] = false
}

#ifdef OFF_BY_ONE
#define MEETS(o) (low <= high && born[o] <= high && tag[o] > low)
#else
#define MEETS(o) (low <= high && born[o] <= high && tag[o] >= low)
#endif

inline sort_out(o) {
    if
    :: loose[o] && MEETS(o) -> held[o] = true
    :: loose[o] && !MEETS(o) ->
        assert(seen[0] != o && seen[1] != o);
        gone[o] = true;
        born[o] = 0; tag[o] = 0 /* fewer states */
    :: else
    fi;
    loose[o] = false
}

active proctype scanner() {
    byte scans, low, high;
    bool loose[OBJECTS];
    do
    :: scans == SCANS -> break
    :: else ->
#ifdef BARRIER_FIRST
        barrier();
#endif
        atomic { take(0); take(1); era++ }
#ifdef WITH_BARRIER
        barrier();
#endif
        low = lower;
        high = upper;
        atomic { sort_out(0); sort_out(1); low = 0; high = 0; scans++ }
    od
}
