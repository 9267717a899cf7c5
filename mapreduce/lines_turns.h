/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of work that members do at the same time and end in order. Pieces are taken in order, so a
 * member that waits for its turn waits for members that have begun and do not wait for it; members
 * that run one after the other never wait.
 */
#ifndef YOKE_MAPREDUCE_LINES_TURNS_H
#define YOKE_MAPREDUCE_LINES_TURNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct yoke__line_turns {
    size_t count;         /* pieces */
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t moved;
    size_t taken, ended;
    bool failed;
} yoke__line_turns;

void yoke__line_turns_init(yoke__line_turns *turns, size_t count);
void yoke__line_turns_fini(yoke__line_turns *turns);
/* Gives the next piece; false when there is none, or somebody has failed. */
bool yoke__line_turns_take(yoke__line_turns *turns, size_t *piece);
/* Waits until all pieces before this one have ended; false when somebody has failed. */
bool yoke__line_turns_wait(yoke__line_turns *turns, size_t piece);
/* Ends the piece whose turn it is; with a failure, all of them. */
void yoke__line_turns_end(yoke__line_turns *turns, int status);

#endif
