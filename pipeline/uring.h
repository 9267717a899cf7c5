/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of io_uring for one thread. To be included where YOKE_HAVE_LIBURING is defined.
 */
#ifndef YOKE_PIPELINE_URING_H
#define YOKE_PIPELINE_URING_H

#include <liburing.h>

/* Makes a ring with room for so many submissions, to be used by the calling thread only.
 * YOKE_EUNSUPPORTED with the reason. End it with io_uring_queue_exit. */
int yoke__uring_open(unsigned entries, struct io_uring *ring);

/* A free entry, after submitting what is there when all are taken; NULL when even that failed. */
struct io_uring_sqe *yoke__uring_entry(struct io_uring *ring);

#endif
