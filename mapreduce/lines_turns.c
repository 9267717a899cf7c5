/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns under one lock: pieces are large.
 */
#include "mapreduce/lines_turns.h"
#include "runtime/region.h"

void yoke__line_turns_init(yoke__line_turns *t, size_t count) {
    *t = (yoke__line_turns){
        .count = count,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .moved = PTHREAD_COND_INITIALIZER,
    };
}

void yoke__line_turns_fini(yoke__line_turns *t) {
    pthread_cond_destroy(&t->moved);
    pthread_mutex_destroy(&t->lock);
}

bool yoke__line_turns_take(yoke__line_turns *t, size_t *piece) {
    pthread_mutex_lock(&t->lock);
    bool more = !t->failed && t->taken < t->count;
    if (more) *piece = t->taken++;
    pthread_mutex_unlock(&t->lock);
    return more;
}

bool yoke__line_turns_wait(yoke__line_turns *t, size_t piece) {
    pthread_mutex_lock(&t->lock);
    YOKE__WAIT_REGION("for the turn to write");
    while (!t->failed && t->ended != piece) pthread_cond_wait(&t->moved, &t->lock);
    bool mine = !t->failed;
    pthread_mutex_unlock(&t->lock);
    return mine;
}

void yoke__line_turns_end(yoke__line_turns *t, int status) {
    pthread_mutex_lock(&t->lock);
    if (status < 0)
        t->failed = true;
    else
        t->ended++;
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
}
