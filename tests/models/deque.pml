/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocol of the split work-stealing deque (sharding/deque.c): an owner that pushes, takes and
 * shares as it likes, while the ring grows, and thieves that steal up to BATCH items at once.
 *
 * Checked in every state: a steal gets the oldest items of the deque, in order, a take the newest,
 * and a take that finds nothing is right. With that, no item is had twice and none is lost, and the
 * deque is linearizable: each operation has its effect in the one step that is marked below.
 *
 * Memory: the release stores to `shared` wait in a buffer and may become visible after later stores
 * and loads of the owner, as weak memory allows; the seq_cst store of a reclaim and the owner's
 * compare-and-swap empty it first. Everything else is sequentially consistent, so the other
 * orders are proved by hand, in sharding/deque.c.
 *
 * The mistakes that must be found:
 *   WEAK_LOWER   the store that lowers `shared` is a release store
 *   SWAPPED      the thief's loads of top and `shared` change places
 *   NO_MARGIN    a reclaim leaves no room for a batch that is under way
 *   EARLY_REUSE  the owner uses a place again one position too early
 *   RING_FIRST   the thief takes the ring before it looks at `shared`
 */
/* holds: plain */
/* planted: WEAK_LOWER SWAPPED NO_MARGIN EARLY_REUSE RING_FIRST */
/* gcc: -DSAFETY -DCOLLAPSE */
/* pan: -m200000 -w24 */

#ifndef ITEMS
#define ITEMS 4
#endif
#ifndef THEFTS
#define THEFTS 2 /* of both thieves together */
#endif
#ifndef SHARES
#define SHARES 3 /* how many times the owner shares of its own accord */
#endif
#define BATCH 2
#define FEW 3 /* in the C code 2 * BATCH; the less, the more a reclaim can go wrong */
#define SMALL 2 /* sizes of the two rings */
#define LARGE 8
#define NONE 15 /* what is in a place that has lost its item: no protocol may ever give it out */

byte top, shared;
bit ring;
byte thefts;
byte small_ring[SMALL] = NONE, large_ring[LARGE] = NONE;
chan buffer = [1] of { byte }; /* values on their way to `shared` */

/* What the deque holds: bit n for the n-th item pushed. Not part of the protocol. */
short held;

#define size (ring == 0 -> SMALL : LARGE)
#define is_newest(item) ((item) != NONE && (held >> (item)) == 1)
#define is_oldest(item) \
    ((item) != NONE && ((held >> (item)) & 1) && !(held & ((1 << (item)) - 1)))

inline put(position, item) {
    if
    :: ring == 0 -> small_ring[(position) % SMALL] = item
    :: else -> large_ring[(position) % LARGE] = item
    fi
}

inline get(from, position, item) {
    if
    :: from == 0 -> item = small_ring[(position) % SMALL]
    :: else -> item = large_ring[(position) % LARGE]
    fi
}

/* An item leaves the deque. Its place is cleared, so that fewer states differ: what stays there in
 * truth is stale, too. */
inline leave(position, item) {
    held = held & ~(1 << item);
    if
    :: small_ring[(position) % SMALL] == item -> small_ring[(position) % SMALL] = NONE
    :: else
    fi;
    if
    :: large_ring[(position) % LARGE] == item -> large_ring[(position) % LARGE] = NONE
    :: else
    fi
}

active proctype memory() {
    byte value;
end:
    do
    :: atomic { buffer?value -> shared = value; value = 0 }
    od
}

inline publish(position) {
    split = position;
    buffer!split
}

/* ---- the owner ---- */

inline make_room() {
    t = top;
    if
    :: bottom - t == size ->
        atomic {
            n = t;
            do
            :: n != bottom -> large_ring[n % LARGE] = small_ring[n % SMALL]; n++
            :: else -> break
            od;
            ring = 1;
            limit = t + LARGE;
            n = 0
        }
    :: else -> limit = t + size
    fi;
#ifdef EARLY_REUSE
    limit++;
#endif
    t = 0
}

inline push() {
    if
    :: bottom == limit -> make_room()
    :: else
    fi;
    atomic { /* the push has its effect here */
        put(bottom, pushed);
        bottom++;
        held = held | (1 << pushed);
        pushed++
    }
}

inline pop() {
    atomic { /* the take has its effect here */
        bottom--;
        get(ring, bottom, item);
        assert(is_newest(item));
        leave(bottom, item);
        item = 0
    }
}

inline repush() {
    atomic {
        n = 0;
        do
        :: t + n + 1 < bottom ->
            get(ring, t + n, item);
            put(t + n, NONE);
            put(bottom + n, item);
            n++
        :: else -> break
        od;
        limit = bottom + size;
        split = bottom + (n + 1) / 2;
        bottom = bottom + n;
        item = 0;
        n = 0
    };
    publish(split)
}

inline take_public() {
    t = top;
    do
    :: t == bottom ->
        gone = true;
        break
    :: bottom - t >= FEW ->
        n = bottom - (bottom - t) / 2;
#ifdef WEAK_LOWER
        buffer!n;
#else
        atomic { empty(buffer) -> shared = n };
#endif
        t = top;
        if
#ifdef NO_MARGIN
        :: n >= t + 1 ->
#else
        :: n >= t + BATCH ->
#endif
            split = n;
            n = 0;
            pop();
            break
        :: else ->
            n = 0;
            publish(bottom)
        fi
    :: t != bottom && bottom - t < FEW ->
        atomic {
            empty(buffer);
            if
            :: top == t -> /* the take has its effect here */
                top = bottom;
                get(ring, bottom - 1, item);
                assert(is_newest(item));
                leave(bottom - 1, item);
                item = 0
            :: else ->
                t = top;
                goto again
            fi
        };
        repush();
        break;
again:
        skip
    od
}

active proctype owner() {
    byte bottom, split, limit = SMALL, pushed, shares, t, n, item;
    bool gone;
    do
    :: pushed < ITEMS -> push()
    :: bottom != split && shares < SHARES -> shares++; publish(split + (bottom - split + 1) / 2)
    :: bottom - split > 1 && shares < SHARES -> shares++; publish(bottom)
    :: bottom != split -> pop()
    :: bottom == split && pushed > 0 ->
        gone = false;
        take_public();
        if
        :: gone ->
            assert(held == 0);
            if
            :: pushed == ITEMS -> break
            :: else
            fi
        :: else
        fi;
        t = 0
    od
}

/* ---- thieves ---- */

#define FIRST 2 /* the number of the first thief: processes are numbered as they stand here */

active [2] proctype thief() {
    byte i, s, count, first, second;
    bit from;
    do
    :: atomic {
            /* the thieves are alike, so we may say which is the first */
            thefts < THEFTS && (_pid == FIRST || thefts > 0) -> thefts++
        };
#ifdef SWAPPED
        s = shared;
        i = top;
#else
#ifdef RING_FIRST
        from = ring;
#endif
        i = top;
        s = shared;
#endif
        if
        :: s > i ->
            count = 1;
            if
            :: s - i > 1 -> count = 2
            :: true
            fi;
#ifndef RING_FIRST
            from = ring;
#endif
            get(from, i, first);
            if
            :: count == 2 -> get(from, i + 1, second)
            :: else
            fi;
            atomic {
                if
                :: top == i -> /* the steal has its effect here */
                    top = i + count;
                    assert(is_oldest(first));
                    leave(i, first);
                    if
                    :: count == 2 ->
                        assert(is_oldest(second));
                        leave(i + 1, second)
                    :: else
                    fi
                :: else
                fi;
                first = 0;
                second = 0;
                count = 0;
                from = 0
            }
        :: else
        fi;
        i = 0;
        s = 0
    :: thefts == THEFTS -> break
    od
}
