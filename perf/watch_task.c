/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread, as /proc/PID/task/TID shows it: `syscall` says in which call it sleeps, with
 * arguments and stack, or that it runs; where that may not be read, `stat` says whether it sleeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf/watch.h"

int yoke__proc_read(pid_t pid, pid_t tid, const char *name, char *text, size_t size) {
    char path[96];
    if (tid)
        snprintf(path, sizeof path, "/proc/%ld/task/%ld/%s", (long)pid, (long)tid, name);
    else
        snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    ssize_t length = read(descriptor, text, size - 1);
    int code = errno;
    close(descriptor);
    errno = code;
    if (length < 0) return -1;
    text[length] = 0;
    return (int)length;
}

/* They stand behind the name in parentheses, which may hold any text. */
bool yoke__task_stat(pid_t pid, pid_t tid, char *text, size_t size, const char **fields) {
    int length = yoke__proc_read(pid, tid, "stat", text, size);
    const char *behind = length > 0 ? strrchr(text, ')') : NULL;
    if (!behind || !behind[1]) return false;
    *fields = behind + 2;
    return true;
}

static void look_at_state(yoke__process *p, yoke__task *task) {
    char text[512];
    const char *fields;
    int state = yoke__task_stat(p->pid, task->tid, text, sizeof text, &fields) ? *fields : 'X';
    task->doing = state == 'R'                   ? YOKE__RUNS
                  : state == 'X' || state == 'Z' ? YOKE__ENDED
                                                 : YOKE__SLEEPS;
}

static bool is_wait(uint64_t operation) {
    uint64_t command = operation & FUTEX_CMD_MASK;
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI ||
           command == FUTEX_LOCK_PI2;
}

/* Arguments of futex(2): word, operation, value, timeout. */
static void take_futex(yoke__process *p, yoke__task *task, const uint64_t arguments[6],
                       uint64_t slices, double now) {
    uint64_t command = arguments[1] & FUTEX_CMD_MASK;
    bool same = task->doing == YOKE__IN_FUTEX && task->word == arguments[0] &&
                task->value == (uint32_t)arguments[2] && task->slices == slices;
    task->doing = YOKE__IN_FUTEX;
    if (same) return;
    task->word = arguments[0];
    task->value = (uint32_t)arguments[2];
    task->timed = arguments[3] != 0;
    task->shared = !(arguments[1] & FUTEX_PRIVATE_FLAG);
    task->priority = command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2;
    task->since = now;
    yoke__wait_classify(p, task);
}

static void take_call(yoke__process *p, yoke__task *task, const char *text, uint64_t slices,
                      double now) {
    if (strncmp(text, "running", 7) == 0) {
        task->doing = YOKE__RUNS;
        return;
    }
    char *end;
    long call = strtol(text, &end, 10);
    uint64_t numbers[8] = {0};
    for (int i = 0; i < 8; i++) numbers[i] = strtoull(end, &end, 16);
    task->sp = numbers[6];
    task->pc = numbers[7];
    bool gone = call == -1 && !numbers[0] && !numbers[1]; /* it has no stack any more */
    if (call == SYS_futex && is_wait(numbers[1]))
        take_futex(p, task, numbers, slices, now);
    else
        task->doing = gone ? YOKE__ENDED : YOKE__SLEEPS;
}

/* Nanoseconds run, nanoseconds in the run queue, times it got a processor. */
static bool look_at_times(yoke__process *p, yoke__task *task, uint64_t *slices) {
    char text[128], *end = text;
    if (yoke__proc_read(p->pid, task->tid, "schedstat", text, sizeof text) <= 0) return false;
    uint64_t run = strtoull(end, &end, 10), queued = strtoull(end, &end, 10);
    if (!task->round || run < task->run || queued < task->queued) { /* or the id is another's now */
        task->first_run = run;
        task->first_queued = queued;
    }
    task->run = run;
    task->queued = queued;
    *slices = strtoull(end, &end, 10);
    return true;
}

bool yoke__task_look(yoke__process *p, yoke__task *task, double now) {
    char text[256];
    uint64_t slices = 0;
    bool times = look_at_times(p, task, &slices);
    if (!times && errno == ENOENT && access("/proc/self/schedstat", R_OK) == 0) return false;
    int length = yoke__proc_read(p->pid, task->tid, "syscall", text, sizeof text);
    if (length > 0) {
        p->readable = true;
        take_call(p, task, text, slices, now);
    } else if (length < 0 && errno != ESRCH) { /* also where there is no such file */
        look_at_state(p, task);
    } else {
        return false;
    }
    task->slices = slices;
    return task->doing != YOKE__ENDED;
}

/* ---- what is dearer ---- */

static void look_at_switches(yoke__process *p, yoke__task *task) {
    static const char field[] = "nonvoluntary_ctxt_switches:";
    char text[4096];
    if (yoke__proc_read(p->pid, task->tid, "status", text, sizeof text) <= 0) return;
    const char *at = strstr(text, field);
    if (!at) return;
    task->involuntary = strtoull(at + strlen(field), NULL, 10);
    if (!task->switches_read) task->first_involuntary = task->involuntary;
    task->switches_read = true;
}

/* glibc keeps the list of robust mutexes in the thread's own structure, and the function that the
 * thread began in some words behind: the first address of code there. */
static void look_at_start(yoke__process *p, yoke__task *task) {
    enum { WORDS = 192 };
    uint64_t words[WORDS];
    size_t length;
    uint64_t head = 0;
    if (syscall(SYS_get_robust_list, task->tid, &head, &length) != 0 || !head) return;
    size_t count = WORDS;
    while (count > 32 && !yoke__peek(p->space.pid, head, words, count * sizeof *words)) count /= 2;
    for (size_t i = 0; i < count && count > 32; i++) {
        const yoke__mapping *mapping = yoke__space_find(&p->space, words[i]);
        if (!mapping || !mapping->code || mapping->image < 0) continue;
        yoke__library library = p->space.images[mapping->image].library;
        if (library == YOKE__LIB_C) continue;
        task->start = words[i];
        task->family = library;
        return;
    }
}

void yoke__task_look_slowly(yoke__process *p, yoke__task *task) {
    look_at_switches(p, task);
    if (task->tid == p->pid)
        task->family = YOKE__LIB_PROGRAM;
    else if (!task->start)
        look_at_start(p, task);
    if (task->name[0]) return;
    if (yoke__proc_read(p->pid, task->tid, "comm", task->name, sizeof task->name) > 0)
        task->name[strcspn(task->name, "\n")] = 0;
}
