/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of deliveries: recording it, and repeating it.
 *
 * Only the order at each actor matters, so each has a log of its own, written by who has its turn.
 * A message is known by its sender's key and its number there, both of which are the same in each
 * run with the same deliveries. In a replay an actor knows its deliveries from its birth; what
 * comes before its time is put aside, outside of the mailbox.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"

/* ---- recording ---- */

int yoke__log_open(yoke_actors *set, actor_log **log) {
    actor_log *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for the log of an actor");
    pthread_mutex_lock(&set->lock);
    made->next = set->logs;
    set->logs = made;
    pthread_mutex_unlock(&set->lock);
    *log = made;
    return YOKE_OK;
}

void yoke__log_close_all(yoke_actors *set) {
    while (set->logs) {
        actor_log *log = set->logs;
        set->logs = log->next;
        free(log->events);
        free(log);
    }
    free(set->replay);
}

static bool grow(actor_log *log) {
    size_t room = log->room ? 2 * log->room : 64;
    yoke_actor_event *events = realloc(log->events, room * sizeof *events);
    if (!events) return false;
    log->events = events;
    log->room = room;
    return true;
}

void yoke__log_add(actor_log *log, uint64_t actor, const yoke_message *message) {
    if (log->broken || (log->count == log->room && !grow(log))) {
        log->broken = true;
        return;
    }
    log->events[log->count++] = (yoke_actor_event){actor, message->sender, message->sequence};
}

/* Under the lock. The number of events, or YOKE_ENOMEM. */
static int count_all(const yoke_actors *set, size_t *count) {
    *count = 0;
    for (const actor_log *log = set->logs; log; log = log->next) {
        if (log->broken)
            return yoke_fail(YOKE_ENOMEM, "memory was short while deliveries were recorded");
        *count += log->count;
    }
    return YOKE_OK;
}

static int collect(const yoke_actors *set, yoke_actor_event **events, size_t *count) {
    size_t total;
    YOKE_TRY(count_all(set, &total));
    yoke_actor_event *all = malloc((total ? total : 1) * sizeof *all);
    if (!all) return yoke_fail(YOKE_ENOMEM, "no memory for %zu deliveries", total);
    *events = all;
    *count = total;
    for (const actor_log *log = set->logs; log; log = log->next) {
        if (log->count) memcpy(all, log->events, log->count * sizeof *all);
        all += log->count;
    }
    return YOKE_OK;
}

int yoke_actors_log(yoke_actors *set, yoke_actor_event **events, size_t *count) {
    YOKE_TRY(yoke__pool_check(set->pool, "yoke_actors_log"));
    if (!set->record) return yoke_fail(YOKE_EINVAL, "these actors do not record deliveries");
    pthread_mutex_lock(&set->lock);
    int status = collect(set, events, count);
    pthread_mutex_unlock(&set->lock);
    return status;
}

/* ---- repeating ---- */

/* By actor; within it the order stays. */
static void merge_sort(yoke_actor_event *events, yoke_actor_event *room, size_t count) {
    size_t half = count / 2, i = 0, j = half;
    if (count < 2) return;
    merge_sort(events, room, half);
    merge_sort(events + half, room, count - half);
    memcpy(room, events, count * sizeof *events);
    for (size_t k = 0; k < count; k++) {
        bool left = j == count || (i < half && room[i].actor <= room[j].actor);
        events[k] = left ? room[i++] : room[j++];
    }
}

int yoke__replay_open(yoke_actors *set, const yoke_actors_options *options) {
    size_t count = options->replay_count, bytes = count * sizeof *set->replay;
    set->replaying = options->replay != NULL;
    if (!options->replay || !count) return YOKE_OK;
    yoke_actor_event *room = malloc(bytes);
    set->replay = malloc(bytes);
    if (room && set->replay) {
        memcpy(set->replay, options->replay, bytes);
        merge_sort(set->replay, room, count);
        set->replay_count = count;
        atomic_store(&set->to_replay, count);
    }
    free(room);
    return set->replay_count ? YOKE_OK
                             : yoke_fail(YOKE_ENOMEM, "no memory for %zu deliveries", count);
}

size_t yoke_actors_to_replay(const yoke_actors *set) { return atomic_load(&set->to_replay); }

/* The first event of an actor whose key is not below. */
static const yoke_actor_event *find(const yoke_actors *set, uint64_t key) {
    size_t low = 0, high = set->replay_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->replay[middle].actor < key)
            low = middle + 1;
        else
            high = middle;
    }
    return set->replay + low;
}

void yoke__replay_find(const yoke_actors *set, yoke_actor *actor) {
    if (!set->replay_count) return;
    actor->replay.next = find(set, actor->key);
    actor->replay.end = set->replay + set->replay_count;
    if (actor->key != UINT64_MAX) actor->replay.end = find(set, actor->key + 1);
}

static bool is_next(const actor_replay *replay, const letter *l) {
    return replay->next < replay->end && l->message.sender == replay->next->sender &&
           l->message.sequence == replay->next->sequence;
}

static letter *take_early(actor_replay *replay) {
    yoke_mpsc_node **at = (yoke_mpsc_node **)&replay->early;
    while (*at && !is_next(replay, (letter *)*at)) at = &(*at)->next;
    letter *found = (letter *)*at;
    if (found) *at = found->node.next;
    return found;
}

/* What comes in the destruction of the set is not in the record. */
static letter *take_stop(yoke_actor *actor) {
    yoke_mpsc_node **at = (yoke_mpsc_node **)&actor->replay.early;
    if (!atomic_load(&actor->set->closing)) return NULL;
    while (*at && ((letter *)*at)->kind != LETTER_STOP_NOW) at = &(*at)->next;
    letter *found = (letter *)*at;
    if (found) *at = found->node.next;
    return found;
}

static void put_aside(actor_replay *replay, letter *l) {
    l->node.next = replay->early ? &replay->early->node : NULL;
    replay->early = l;
}

letter *yoke__replay_take(turn *t) {
    yoke_actor *actor = t->actor;
    actor_replay *replay = &actor->replay;
    letter *l = take_early(replay);
    while (!l && (l = yoke__turn_pop(t))) {
        if (is_next(replay, l)) break;
        put_aside(replay, l);
        l = NULL;
    }
    if (!l) return take_stop(actor);
    if (actor->log) yoke__log_add(actor->log, actor->key, &l->message);
    replay->next++;
    atomic_fetch_sub(&actor->set->to_replay, 1);
    return l;
}
