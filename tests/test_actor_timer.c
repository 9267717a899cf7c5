/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers of actors: each fires once, in order; repeating, cancelling, busy and sleeping workers.
 */
#include "tests/actor_use.h"
#include "yoke/deadline.h"

enum { MANY = 1000 };
typedef struct board {
    atomic_int count;
    int order[MANY];
    atomic_int times[MANY];
} board;
typedef struct tick {
    board *board;
    int number;
} tick;

static int hang_up(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    tick t = *(const tick *)message->data;
    t.board->order[atomic_load(&t.board->count) % MANY] = t.number;
    atomic_fetch_add(&t.board->times[t.number], 1);
    atomic_fetch_add(&t.board->count, 1);
    return YOKE_OK;
}

TEST(timers_fire_in_the_order_of_their_moments) {
    for (int workers = 1; workers <= 3; workers += 2) {
        world w = make_world(workers, NULL);
        board b = {0};
        yoke_actor *actor = spawn(&w, hang_up, (yoke_actor_options){0});
        static const int delays[] = {40, 5, 20, 0, 30, 10};
        for (int i = 0; i < 6; i++) {
            tick t = {&b, delays[i]};
            CU_ASSERT_EQUAL(yoke_actor_send_after(actor, &t, sizeof t, delays[i] * 1e-3, NULL),
                            YOKE_OK);
        }
        await(&b.count, 6);
        static const int sorted[] = {0, 5, 10, 20, 30, 40};
        int wrong = 0;
        for (int i = 0; i < 6; i++) wrong += b.order[i] != sorted[i];
        /* two workers may fire two that are due at the same time */
        if (workers == 1) CU_ASSERT_EQUAL(wrong, 0);
        yoke_actor_release(actor);
        end_world(&w);
    }
}

/* All workers sleep, without a limit, before the first timer is set. */
TEST(a_timer_wakes_who_sleeps) {
    world w = make_world(2, NULL);
    board b = {0};
    yoke_actor *actor = spawn(&w, hang_up, (yoke_actor_options){0});
    yoke_pool_worker_stats stats[2] = {{0}, {0}};
    while (stats[0].parked == 0 || stats[1].parked == 0) {
        for (int i = 0; i < 2; i++) yoke_pool_stats(w.pool, i, &stats[i]);
        sched_yield();
    }
    usleep(5000); /* from the count into the sleep: if this is short, the test is only weaker */
    yoke_actor_send_after(actor, &(tick){&b, 1}, sizeof(tick), 1e-3, NULL);
    await(&b.count, 1);
    yoke_actor_release(actor);
    end_world(&w);
}

TEST(each_of_many_fires_once_or_is_cancelled) {
    static const int sizes[] = {1, 2, 7};
    for (int i = 0; i < 3; i++) {
        world w = make_world(sizes[i], NULL);
        board *b = calloc(1, sizeof *b);
        yoke_timer *timers[MANY] = {NULL};
        yoke_actor *actor = spawn(&w, hang_up, (yoke_actor_options){0});
        int kept = 0;
        for (int n = 0; n < MANY; n++) {
            double delay = (double)test_random_below(50) * 1e-3;
            if (n % 4 == 0) delay = 1e6;
            CU_ASSERT_EQUAL(
                yoke_actor_send_after(actor, &(tick){b, n}, sizeof(tick), delay, &timers[n]),
                YOKE_OK);
        }
        for (int n = 0; n < MANY; n += 4) yoke_timer_cancel(timers[n]), timers[n] = NULL;
        kept = MANY - MANY / 4;
        await(&b->count, kept);
        CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
        CU_ASSERT_EQUAL(atomic_load(&b->count), kept);
        for (int n = 0; n < MANY; n++) CU_ASSERT_EQUAL(atomic_load(&b->times[n]), n % 4 != 0);
        for (int n = 0; n < MANY; n++) yoke_timer_cancel(timers[n]);
        yoke_actor_release(actor);
        end_world(&w);
        free(b);
    }
}

TEST(repeating_ends_when_it_is_cancelled) {
    world w = make_world(2, NULL);
    board b = {0}, other = {0};
    yoke_timer *timer = NULL;
    yoke_actor *actor = spawn(&w, hang_up, (yoke_actor_options){0});
    CU_ASSERT_EQUAL(yoke_actor_send_every(actor, &(tick){&b, 1}, sizeof(tick), 1e-3, &timer),
                    YOKE_OK);
    await(&b.count, 10);
    yoke_timer_cancel(timer);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    int seen = atomic_load(&b.count);
    yoke_actor_send_after(actor, &(tick){&other, 2}, sizeof(tick), 0.02, NULL);
    await(&other.count, 1);
    CU_ASSERT(atomic_load(&b.count) <= seen + 1); /* one may have been under way */
    yoke_actor_release(actor);
    end_world(&w);
}

static atomic_int gate_entered, gate_open, gate_ticks;

static int slow(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    if (message->size) {
        atomic_fetch_add(&gate_ticks, 1);
        return YOKE_OK;
    }
    atomic_fetch_add(&gate_entered, 1);
    await(&gate_open, 1);
    return YOKE_OK;
}

/* A worker that is busy does not keep the others' timers, and its own ticks do not pile up. */
TEST(ticks_do_not_pile_up) {
    world w = make_world(2, NULL);
    board b = {0};
    yoke_timer *timer = NULL;
    yoke_actor *busy = spawn(&w, slow, (yoke_actor_options){0});
    yoke_actor *quick = spawn(&w, hang_up, (yoke_actor_options){0});
    yoke_actor_send(busy, NULL, 0, YOKE_FOREVER);
    await(&gate_entered, 1);
    yoke_actor_send_every(busy, "x", 1, 1e-3, &timer);
    yoke_actor_send_every(quick, &(tick){&b, 1}, sizeof(tick), 1e-3, NULL);
    await(&b.count, 20);
    yoke_timer_cancel(timer);
    atomic_store(&gate_open, 1);
    CU_ASSERT_EQUAL(yoke_actor_ask(busy, "y", 1, NULL, NULL, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT(atomic_load(&gate_ticks) >= 2 && atomic_load(&gate_ticks) <= 3);
    yoke_actor_release(busy);
    yoke_actor_release(quick);
    end_world(&w);
}

TEST(timers_of_who_has_stopped_end) {
    world w = make_world(1, NULL);
    board b = {0};
    yoke_timer *timer = NULL, *late = NULL;
    yoke_actor *actor = spawn(&w, hang_up, (yoke_actor_options){0});
    yoke_actor *other = spawn(&w, hang_up, (yoke_actor_options){0});
    yoke_actor_send_every(actor, &(tick){&b, 1}, sizeof(tick), 1e-3, &timer);
    await(&b.count, 2);
    yoke_actor_stop(actor, true);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < 5; i++)
        yoke_actor_send_after(other, &(tick){&b, 2}, sizeof(tick), 0.01 * i, NULL);
    while (atomic_load(&b.times[2]) < 5) sched_yield();
    uint64_t dead = yoke_actor_figures(actor).dead_letters; /* one may have been under way */
    CU_ASSERT(dead == 1 || dead == 2);
    CU_ASSERT_EQUAL(yoke_actor_send_after(actor, NULL, 0, 1, &late), YOKE_ECLOSED);
    CU_ASSERT_EQUAL(yoke_actor_send_after(other, NULL, 0, -1, &late), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_actor_send_every(other, NULL, 0, 0, &late), YOKE_EINVAL);
    CU_ASSERT(late == NULL);
    /* left to the end of the set: some far away, some near */
    for (int i = 0; i < 50; i++)
        yoke_actor_send_every(other, &(tick){&b, 2}, sizeof(tick), i % 2 ? 1e-4 : 1e4,
                              i == 7 ? &late : NULL);
    yoke_actors_destroy(w.actors);
    yoke_timer_cancel(timer);
    yoke_timer_cancel(late);
    yoke_actor_release(actor);
    yoke_actor_release(other);
    yoke_pool_destroy(w.pool);
}
