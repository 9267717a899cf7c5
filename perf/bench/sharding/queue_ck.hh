/* SPDX-License-Identifier: Apache-2.0
 *
 * The rings of ck.
 */
#ifndef BENCH_SHARDING_QUEUE_CK_HH
#define BENCH_SHARDING_QUEUE_CK_HH

/* The header returns `false` for a null pointer, which is C but not C++; 0 is both. */
#include <ck_stdbool.h>
#define false 0
extern "C" {
#include <ck_ring.h>
}
#undef false

#include "perf/bench/sharding/queue.hh"

namespace bench {

struct CkRing {
    ck_ring_t ring;
    ck_ring_buffer_t buffer[CAPACITY];
    CkRing() { ck_ring_init(&ring, CAPACITY); }
};

struct CkSpsc : CkRing {
    bool try_push(uint64_t item) {
        return ck_ring_enqueue_spsc(&ring, buffer, reinterpret_cast<void *>(item));
    }
    bool try_pop(uint64_t *item) { return ck_ring_dequeue_spsc(&ring, buffer, item); }
};

struct CkMpmc : CkRing {
    bool try_push(uint64_t item) {
        return ck_ring_enqueue_mpmc(&ring, buffer, reinterpret_cast<void *>(item));
    }
    bool try_pop(uint64_t *item) { return ck_ring_dequeue_mpmc(&ring, buffer, item); }
};

} // namespace bench
#endif
