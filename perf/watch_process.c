/* SPDX-License-Identifier: Apache-2.0
 *
 * One process: its threads, and what they did at the same time.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/watch.h"
#include "perf/watch_operand.h"

yoke__task *yoke__process_task(const yoke__process *p, pid_t tid) {
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].tid == tid) return &p->tasks[i];
    }
    return NULL;
}

double yoke__task_cpu(const yoke__task *task) {
    return (double)(task->run - task->first_run) * 1e-9;
}

double yoke__process_cpu(const yoke__process *p) {
    double sum = p->ended_run;
    for (size_t i = 0; i < p->task_count; i++) sum += yoke__task_cpu(&p->tasks[i]);
    return sum;
}

yoke__process *yoke__process_create(pid_t pid, double now) {
    yoke__process *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->pid = p->space.pid = pid;
    p->began = p->seen = now;
    p->space_read = p->slow_read = now - 1e9;
    return p;
}

void yoke__process_destroy(yoke__process *p) {
    if (!p) return;
    yoke__space_free(&p->space);
    for (int i = 0; i < YOKE__LOCKS; i++) free(p->locks[i].profile);
    free(p->tasks);
    free(p->uses);
    free(p->transfers);
    free(p);
}

/* ---- its threads ---- */

/* Forgets the threads that have ended, but not what they used. */
static void forget_ended(yoke__process *p) {
    size_t kept = 0;
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing == YOKE__ENDED)
            p->ended_run += yoke__task_cpu(&p->tasks[i]);
        else
            p->tasks[kept++] = p->tasks[i];
    }
    p->task_count = kept;
}

static yoke__task *add_task(yoke__process *p, pid_t tid) {
    enum { MANY = 1024 };
    if (p->task_count == p->task_room && p->task_count >= MANY) forget_ended(p);
    if (p->task_count == p->task_room) {
        size_t room = p->task_room ? 2 * p->task_room : 16;
        yoke__task *grown = realloc(p->tasks, room * sizeof *grown);
        if (!grown) return NULL;
        p->tasks = grown;
        p->task_room = room;
    }
    yoke__task *task = &p->tasks[p->task_count++];
    *task = (yoke__task){.tid = tid};
    return task;
}

/* Looks at a thread; false when it has ended. One with the id of a thread that ended before is
 * another: what that one used counts, the rest begins anew. But a main thread that has ended stays
 * in the list as long as its process lives, and is the same. */
static bool look_at_task(yoke__process *p, yoke__task *task, double now) {
    if (task->doing != YOKE__ENDED) return yoke__task_look(p, task, now);
    yoke__task other = {.tid = task->tid};
    if (!yoke__task_look(p, &other, now)) return false;
    p->ended_run += yoke__task_cpu(task);
    *task = other;
    return true;
}

/* Threads come in the order in which they were made, as in the list. */
static yoke__task *find_task(yoke__process *p, pid_t tid, size_t *hint) {
    for (size_t i = *hint; i < p->task_count && i < *hint + 4; i++) {
        if (p->tasks[i].tid != tid || p->tasks[i].doing == YOKE__ENDED) continue;
        *hint = i + 1;
        return &p->tasks[i];
    }
    yoke__task *task = yoke__process_task(p, tid);
    return task ? task : add_task(p, tid);
}

static int look_at_tasks(yoke__process *p, unsigned round, double now) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)p->pid);
    DIR *tasks = opendir(path);
    if (!tasks) return YOKE_ECLOSED;
    int living = 0, status = YOKE_OK;
    size_t hint = 0;
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks)) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (tid <= 0) continue;
        yoke__task *task = find_task(p, tid, &hint);
        if (!task) {
            status = yoke_fail(YOKE_ENOMEM, NULL);
            break;
        }
        if (!look_at_task(p, task, now)) continue;
        task->round = round;
        living++;
    }
    closedir(tasks);
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].round != round) p->tasks[i].doing = YOKE__ENDED;
    }
    if (living > p->most_threads) p->most_threads = living;
    return status < 0 || living ? status : YOKE_ECLOSED;
}

/* ---- what they did ---- */

static void add_waiter(yoke__contended *lock, pid_t tid) {
    int most = sizeof lock->waiters / sizeof *lock->waiters;
    for (int i = 0; i < lock->waiter_count; i++) {
        if (lock->waiters[i] == tid) return;
    }
    if (lock->waiter_count < most) lock->waiters[lock->waiter_count++] = tid;
}

/* The lock's place; that of the least important one when all are taken. */
static yoke__contended *find_lock(yoke__process *p, const yoke__task *task) {
    yoke__contended *least = &p->locks[0];
    for (int i = 0; i < YOKE__LOCKS; i++) {
        yoke__contended *lock = &p->locks[i];
        if (lock->lock == task->lock) return lock;
        if (lock->seconds < least->seconds) least = lock;
    }
    free(least->profile);
    *least = (yoke__contended){.lock = task->lock, .of_yoke = task->lock != task->word};
    if (task->lock_name)
        yoke__peek_text(p->space.pid, task->lock_name, least->name, sizeof least->name);
    if (task->lock_site)
        yoke__peek_text(p->space.pid, task->lock_site, least->place, sizeof least->place);
    return least;
}

/* A sample of dt seconds, and `cpu` seconds of CPU time of all threads. */
static void add_wait(yoke__process *p, yoke__task *task, double dt, double cpu) {
    if (task->wait == YOKE__WAIT_TEAM) task->team_s += dt;
    if (task->wait != YOKE__WAIT_LOCK) return;
    yoke__contended *lock = find_lock(p, task);
    if (!lock->site) lock->site = yoke__wait_site(p, task);
    lock->seconds += dt;
    p->lock_area += dt;
    if (lock->round != p->round) {
        lock->round = p->round;
        lock->samples++;
        lock->span += dt;
        lock->cpu += cpu;
        yoke__lock_profile_look(lock, p->space.pid, task);
    }
    add_waiter(lock, task->tid);
}

/* Threads that run, of each family. */
static int count_running(const yoke__process *p, int families[YOKE__LIBRARIES]) {
    int running = 0;
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing != YOKE__RUNS) continue;
        running++;
        families[p->tasks[i].family]++;
    }
    return running;
}

static bool is_team(yoke__library library) {
    return library == YOKE__LIB_GOMP || library == YOKE__LIB_LLVM || library == YOKE__LIB_BLAS ||
           library == YOKE__LIB_TBB;
}

static void add_up(yoke__process *p, double dt) {
    int families[YOKE__LIBRARIES] = {0}, teams = 0;
    int running = count_running(p, families);
    double cpu = yoke__process_cpu(p), used = cpu - p->cpu;
    p->cpu = cpu;
    if (!running) return;
    p->active_s += dt;
    p->active++;
    p->running_area += running * dt;
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing == YOKE__IN_FUTEX) add_wait(p, &p->tasks[i], dt, used);
    }
    double limit = p->cpus > 1 ? p->cpus : 1;
    if (running < limit + (limit > 3 ? limit / 4 : 0.75)) return;
    p->excess_s += dt;
    for (int i = 0; i < YOKE__LIBRARIES; i++) teams += families[i] && is_team((yoke__library)i);
    if (teams > 1) p->family_excess_s += dt;
}

/* When the main thread ends before the others, memory is read by way of one of them. */
static void choose_reader(yoke__process *p) {
    const yoke__task *reader = yoke__process_task(p, p->space.pid);
    if (reader && reader->doing != YOKE__ENDED) return;
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing != YOKE__ENDED) p->space.pid = p->tasks[i].tid;
    }
}

static void look_slowly(yoke__process *p, double now) {
    const double every = 0.5;
    if (now - p->slow_read < every) return;
    p->slow_read = now;
    for (size_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].doing != YOKE__ENDED) yoke__task_look_slowly(p, &p->tasks[i]);
    }
    yoke__process_read_quota(p);
}

int yoke__process_look(yoke__process *p, unsigned round, double now, double dt) {
    p->round = round;
    int status = look_at_tasks(p, round, now);
    if (status < 0) return status;
    choose_reader(p);
    look_slowly(p, now);
    add_up(p, dt);
    p->seen = now;
    yoke__deadlock_look(p, now);
    return YOKE_OK;
}

/* ---- samples of CPU time ---- */

enum { BEFORE = 48, BEHIND = 80 };

/* Whether code jumps back to its beginning: then what stands before it ran only once. */
static bool is_loop(const uint8_t *code, size_t size) {
    for (size_t at = 0; at < size;) {
        yoke__operand operand = yoke__operand_read(code + at, size - at);
        if (!operand.length) return false;
        at += (size_t)operand.length;
        if (operand.jumps && (int64_t)at + operand.displacement == 0) return true;
    }
    return false;
}

/* Whether one of the next instructions, up to a jump, writes to the address: what is loaded,
 * changed and stored is written, though it is the load that takes the time. */
static bool is_written_soon(const uint8_t *code, const yoke__place *place, uint64_t address) {
    enum { NEXT = 6 };
    uint64_t at = 0;
    for (int i = 0; i < NEXT; i++) {
        yoke__operand operand = yoke__operand_read(code + at, BEHIND - at);
        if (!operand.length || operand.jumps) return false;
        bool same = operand.memory && operand.writes &&
                    yoke__operand_address(&operand, place->registers, place->at + at) == address;
        if (same) return true;
        at += (uint64_t)operand.length;
    }
    return false;
}

/* The interrupt comes before the instruction that waits, or behind the one that was slow: both
 * count, the latter when it was not passed by a jump and its address is still in the registers. */
static void add_uses(yoke__process *p, const yoke__place *place) {
    uint8_t code[BEFORE + BEHIND];
    if (!yoke__peek(p->space.pid, place->at - BEFORE, code, sizeof code)) return;
    yoke__operand here = yoke__operand_read(code + BEFORE, BEHIND), before = {0};
    int length = is_loop(code + BEFORE, BEHIND) ? 0 : yoke__operand_before(code, BEFORE);
    if (length) before = yoke__operand_read(code + BEFORE - length, (size_t)length);
    bool lost = before.other == before.base || before.other == before.index;
    if (lost && !before.writes) before.memory = false;
    uint64_t behind = place->at - (uint64_t)length;
    uint64_t first = yoke__operand_address(&before, place->registers, behind);
    uint64_t second = yoke__operand_address(&here, place->registers, place->at);
    bool same = before.memory && here.memory && first == second;
    const uint8_t *next = code + BEFORE;
    if (before.memory)
        yoke__uses_add(p->uses, place->tid, first, behind,
                       before.writes || is_written_soon(next, place, first));
    if (here.memory && !same)
        yoke__uses_add(p->uses, place->tid, second, place->at,
                       is_written_soon(next, place, second));
}

static void add_transfer(yoke__process *p, const yoke__place *place) {
    const yoke__image *image = yoke__space_image(&p->space, place->at);
    yoke__library library = image ? image->library : YOKE__LIB_OTHER;
    p->transfer_count++;
    if (library == YOKE__LIB_GOMP || library == YOKE__LIB_LLVM || library == YOKE__LIB_C) return;
    if (!p->transfers) p->transfers = calloc(1, sizeof *p->transfers);
    if (p->transfers) yoke__uses_add(p->transfers, place->tid, place->transfer, place->at, false);
}

void yoke__process_place(yoke__process *p, const yoke__place *place) {
    yoke__task *task = yoke__process_task(p, place->tid);
    if (!task) return;
    if (place->transfer) {
        add_transfer(p, place);
        return;
    }
    task->places++;
    p->places++;
    const yoke__image *image = yoke__space_image(&p->space, place->at);
    yoke__library library = image ? image->library : YOKE__LIB_OTHER;
    bool runtime = library == YOKE__LIB_GOMP || library == YOKE__LIB_LLVM;
    task->runtime_places += runtime;
    if (runtime || library == YOKE__LIB_C) return;
    if (!p->uses) p->uses = calloc(1, sizeof *p->uses);
    if (p->uses) add_uses(p, place);
}
