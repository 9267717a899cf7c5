/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlock, from outside: threads that have slept in the same futex without a deadline for a
 * second, and of whom each waits for another of them.
 *
 * Who must act is read where the protocol tells: a mutex of glibc keeps its owner's id eight bytes
 * behind the word, and a read-write lock its writer's; a priority mutex has it in the word itself;
 * and whoever waits for the end of a thread sleeps on a word that is its id. A cycle of these edges
 * is proof. So is a process in which every thread sleeps in a private futex without a deadline, and
 * which has no handler of a signal: nobody is left who could wake one of them.
 */
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "perf/watch.h"
#include "runtime/text.h"

static const double patience = 1.0; /* seconds */

static bool is_asleep(const yoke__task *task, double now) {
    return task->doing == YOKE__IN_FUTEX && !task->timed && now - task->since >= patience;
}

/* The thread that a word in the process names; NULL when it names none. */
static yoke__task *named(const yoke__process *p, uint32_t word) {
    yoke__task *task = yoke__process_task(p, (pid_t)(word & FUTEX_TID_MASK));
    return task && task->doing != YOKE__ENDED ? task : NULL;
}

static yoke__task *owner_of_mutex(const yoke__process *p, const yoke__task *task) {
    uint32_t words[6]; /* lock, count, owner, users, kind */
    enum { LOCK, COUNT, OWNER, USERS, KIND, MOST_KIND = 0x3ff };
    if (!yoke__peek(p->space.pid, task->word, words, sizeof words)) return NULL;
    if (task->priority) return named(p, words[LOCK]);
    bool plausible = words[LOCK] && words[KIND] <= MOST_KIND;
    return plausible ? named(p, words[OWNER]) : NULL;
}

/* Threads sleep on the lock's third and fourth words; the seventh is the writer. */
static yoke__task *writer_of_lock(const yoke__process *p, const yoke__task *task) {
    uint32_t words[5];
    if (!yoke__peek(p->space.pid, task->word, words, sizeof words)) return NULL;
    yoke__task *writer = named(p, words[3]);
    return writer ? writer : named(p, words[4]);
}

/* Whom the thread waits for; NULL when that is not known. */
static yoke__task *owner_of(const yoke__process *p, const yoke__task *task) {
    if (task->wait == YOKE__WAIT_THREAD) return named(p, (uint32_t)task->value);
    if (task->wait == YOKE__WAIT_TEAM || task->lock != task->word) return NULL;
    if (task->wait == YOKE__WAIT_LOCK) return owner_of_mutex(p, task);
    return writer_of_lock(p, task);
}

/* Some thread of a cycle that the way from `task` leads into; NULL for none. */
static yoke__task *in_cycle(const yoke__process *p, yoke__task *task, double now) {
    yoke__task *slow = task;
    for (size_t step = 1; task && is_asleep(task, now); step++) {
        task = owner_of(p, task);
        if (task == slow && is_asleep(task, now)) return task;
        if ((step & (step - 1)) == 0) slow = task; /* Brent: at powers of two */
    }
    return NULL;
}

static void describe_wait(yoke__process *p, const yoke__task *task, const yoke__task *owner,
                          yoke__text *text) {
    char who[128], what[160], where[192] = "";
    yoke__task_describe(p, task, who, sizeof who);
    yoke__describe_data(&p->space, task->word, what, sizeof what);
    uint64_t site = yoke__wait_site(p, task);
    if (site) yoke__describe_code(&p->space, site, where, sizeof where);
    const char *kind = task->wait == YOKE__WAIT_LOCK     ? "lock "
                       : task->wait == YOKE__WAIT_THREAD ? "the end of a thread"
                       : task->wait == YOKE__WAIT_TEAM   ? "its team at "
                                                         : "";
    yoke__text_add(text, "%s%s waits for %s%s", text->length ? "; " : "", who, kind,
                   task->wait == YOKE__WAIT_THREAD ? "" : what);
    if (site) yoke__text_add(text, " at %s", where);
    if (owner && task->wait == YOKE__WAIT_THREAD)
        yoke__text_add(text, ", thread %ld", (long)owner->tid);
    else if (owner)
        yoke__text_add(text, ", held by thread %ld", (long)owner->tid);
}

static void tell_cycle(yoke__process *p, yoke__task *first, yoke__text *text) {
    yoke__task *task = first;
    do {
        yoke__task *owner = owner_of(p, task);
        describe_wait(p, task, owner, text);
        task = owner;
    } while (task && task != first);
}

/* Whether every thread sleeps, and none could be woken from outside. */
static bool nobody_left(const yoke__process *p, double now, int *asleep) {
    *asleep = 0;
    for (size_t i = 0; i < p->task_count; i++) {
        const yoke__task *task = &p->tasks[i];
        if (task->doing == YOKE__ENDED) continue;
        bool outside = task->shared && task->wait != YOKE__WAIT_THREAD;
        if (!is_asleep(task, now) || outside) return false;
        ++*asleep;
    }
    return *asleep > 0 && !p->caught_signals;
}

static void tell_all(yoke__process *p, int asleep, yoke__text *text) {
    enum { SHOWN = 4 };
    int shown = 0;
    for (size_t i = 0; i < p->task_count && shown < SHOWN; i++) {
        if (p->tasks[i].doing == YOKE__ENDED) continue;
        describe_wait(p, &p->tasks[i], owner_of(p, &p->tasks[i]), text);
        shown++;
    }
    if (asleep > shown) yoke__text_add(text, "; and %d more", asleep - shown);
}

/* Whether each thread is in the cycle, or waits for one that is. */
static bool all_in_cycle(yoke__process *p, double now) {
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing == YOKE__ENDED) continue;
        if (!in_cycle(p, &p->tasks[i], now)) return false;
    }
    return true;
}

/* Threads of a stopped process, or that have been woken and got no processor yet, seem to be in the
 * call as well. */
static bool all_sleep(const yoke__process *p, double now) {
    for (size_t i = 0; i < p->task_count; i++) {
        char text[512];
        const char *fields;
        if (!is_asleep(&p->tasks[i], now)) continue;
        bool read = yoke__task_stat(p->pid, p->tasks[i].tid, text, sizeof text, &fields);
        if (!read || *fields != 'S') return false;
    }
    return true;
}

static void note(yoke__process *p, const char *what, yoke__task *cycle, int asleep) {
    char list[sizeof p->deadlock - 128];
    yoke__text text = {list, sizeof list, 0};
    list[0] = 0;
    if (cycle)
        tell_cycle(p, cycle, &text);
    else
        tell_all(p, asleep, &text);
    snprintf(p->deadlock, sizeof p->deadlock, "%s: %s", what, list);
}

void yoke__deadlock_look(yoke__process *p, double now) {
    int asleep = 0;
    if (p->stuck || !p->readable) return;
    yoke__task *cycle = NULL;
    for (size_t i = 0; i < p->task_count && !cycle; i++) {
        if (is_asleep(&p->tasks[i], now)) cycle = in_cycle(p, &p->tasks[i], now);
    }
    bool left = nobody_left(p, now, &asleep);
    if (!(cycle || left) || !all_sleep(p, now)) return;
    p->stuck = left || (cycle && all_in_cycle(p, now));
    if (p->deadlock[0]) return;
    note(p, cycle ? "a cycle of waits" : "all threads sleep, and none is left to wake another",
         cycle, asleep);
}
